//! Pictures that the exercises' programs draw: as PNG files, and in colours in the terminal. What they show is
//! the exercise's own business.

use std::{
    env,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
};

/// Writes a PNG file, all of it, before it returns.
///
/// `size` is the width and the height, in pixels. `pixels` are their colours, row after row: red, green and blue
/// of each, from 0 to 255.
///
/// # Errors
/// If the file cannot be written, if the picture has no pixels, and if there are not three numbers for each.
pub fn write_png(file: File, [width, height]: [usize; 2], pixels: &[u8]) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    let length = |length| u32::try_from(length).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(&mut file, length(width)?, length(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    file.flush()
}

/// Whether there are colours where this program prints. Ranks do not see the terminal: `CLICOLOR_FORCE=1` says
/// it to them, as `NO_COLOR=1` says the contrary.
pub fn has_colour() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    !is_set("NO_COLOR") && (is_set("CLICOLOR_FORCE") || io::stdout().is_terminal())
}

/// A text for the terminal in one of its 256 colours.
pub fn in_colour(text: &str, colour: u8) -> String {
    format!("\x1b[38;5;{colour}m{text}\x1b[0m")
}

/// A text for the terminal on a ground in one of its 256 colours.
pub fn on_colour(text: &str, colour: u8) -> String {
    format!("\x1b[48;5;{colour}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, process};

    #[test]
    fn what_is_written_is_read_again() {
        let path = env::temp_dir().join(format!("drawing-{}.png", process::id()));
        let pixels: Vec<u8> = (0..3 * 5 * 2).collect();
        write_png(File::create(&path).unwrap(), [5, 2], &pixels).unwrap();
        let decoder = png::Decoder::new(io::BufReader::new(File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height), (5, 2));
        assert_eq!(read, pixels);
        let refused = write_png(File::create(&path).unwrap(), [0, 2], &[]);
        assert!(refused.is_err());
        let refused = write_png(File::create(&path).unwrap(), [5, 2], &pixels[1..]);
        assert!(refused.is_err());
        fs::remove_file(path).unwrap();
    }
}
