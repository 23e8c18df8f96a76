//! The contents of a file, as text.

/// The number of numbers in a row.
const COLUMNS: usize = 8;

fn read(bytes: &[u8]) -> Vec<f64> {
    let (numbers, _) = bytes.as_chunks();
    numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

/// Numbers, with the offset of the first one of each line, in bytes.
pub fn numbers(bytes: &[u8]) -> String {
    let numbers = read(bytes);
    let lines = numbers.chunks(COLUMNS).enumerate().map(|(line, numbers)| {
        let texts: Vec<String> = numbers
            .iter()
            .map(|number| format!("{number:.2}"))
            .collect();
        format!("  byte {:4}  {}\n", 8 * COLUMNS * line, texts.join(" "))
    });
    lines.collect()
}

/// A matrix of ranks, with a digit or letter for each.
pub fn ranks(bytes: &[u8], columns: usize) -> String {
    let sign = |rank: &f64| char::from_digit(*rank as u32 % 36, 36).unwrap_or('?');
    read(bytes)
        .chunks(columns)
        .map(|row| format!("  {}\n", row.iter().map(sign).collect::<String>()))
        .collect()
}

/// The header of an `.npy` file, and how many numbers follow.
pub fn header(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |end| end + 1);
    let (header, numbers) = bytes.split_at(end);
    let text = header.escape_ascii().to_string().replace("\\'", "'");
    format!(
        "  {text}\n  {} bytes, and then {} numbers\n",
        header.len(),
        numbers.len() / 8
    )
}
