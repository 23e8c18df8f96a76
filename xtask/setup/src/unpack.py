# Unpacks downloaded wheels into a folder and writes all of it to the disk.
#   python3 unpack.py <folder with *.whl> <destination>
# Not an installer: a wheel of programs and libraries needs only its files, in one layout on every
# Python, and with the permissions that the archive holds.
import glob
import os
import sys
import zipfile

source, destination = sys.argv[1:]
for wheel in glob.glob(os.path.join(source, "*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith("/"):
                continue
            parts = entry.filename.split("/")
            if parts[0].endswith(".data"):
                parts = parts[2:]
            elif parts[0].endswith(".dist-info"):
                if "LICENSE" not in entry.filename.upper():
                    continue
                parts = ["licenses", parts[-1]]
            if parts[-1].endswith(".py"):
                continue
            path = os.path.join(destination, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(archive.read(entry))
                os.fchmod(file.fileno(), ((entry.external_attr >> 16) & 0o755) | 0o644)
                file.flush()
                os.fsync(file.fileno())
