//! Lines of bounded length, with their numbers.

use std::io::{self, BufRead, BufReader, Read};

use crate::input::MAX_INPUT_BYTES;

/// The longest line that is kept. While the bundle is taken out of the JSON it stands in memory three times:
/// with 12 MiB, which are 6,000 certificates, a run stays below 64 MB (tests/bounds.rs). What is longer is
/// read to its end and forgotten.
pub const MAX_LINE_BYTES: u64 = 12 * 1024 * 1024;

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1; blank lines count.
    pub number: u64,
    pub text: Text,
}

impl Line {
    /// As much as an input of so many bytes takes in memory: the longest line takes as much as the largest
    /// input.
    pub fn takes(&self) -> u64 {
        match &self.text {
            Text::Whole(text) => text.len() as u64 * MAX_INPUT_BYTES / MAX_LINE_BYTES,
            Text::TooLong => 0,
        }
    }
}

/// What stands on a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    /// All of it.
    Whole(Vec<u8>),
    /// More than is kept.
    TooLong,
}

/// The lines of an input.
pub struct Lines<R> {
    input: BufReader<R>,
    number: u64,
    limit: u64,
}

impl<R: Read> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input: BufReader::new(input), number: 0, limit: MAX_LINE_BYTES }
    }

    /// The next line that is not blank; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut text = Vec::new();
            if self.input.by_ref().take(self.limit + 1).read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            // It grew by doubling.
            text.shrink_to_fit();
            self.number += 1;
            let number = self.number;
            if text.len() as u64 > self.limit && !text.ends_with(b"\n") {
                drop(text);
                self.input.skip_until(b'\n')?;
                return Ok(Some(Line { number, text: Text::TooLong }));
            }
            if number == 1 && text.starts_with(b"\xef\xbb\xbf") {
                text.drain(..3);
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(Line { number, text: Text::Whole(text) }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8], limit: u64) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines { limit, ..Lines::new(input) };
        let mut all = Vec::new();
        while let Some(Line { number, text }) = lines.next().unwrap() {
            all.push((
                number,
                match text {
                    Text::Whole(text) => Some(String::from_utf8(text).unwrap()),
                    Text::TooLong => None,
                },
            ));
        }
        all
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(lines(b"\xef\xbb\xbfa\n\n \r\nb\r\nc", 99), [(1, some("a\n")), (4, some("b\r\n")), (5, some("c"))]);
        assert_eq!(lines(b"", 99), []);
        assert_eq!(lines(b"\n\n", 99), []);
    }

    #[test]
    fn a_line_too_long_is_forgotten_and_the_next_is_read() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(lines(b"aaaa\nbbb\nccccccccc", 3), [(1, None), (2, some("bbb\n")), (3, None)]);
    }
}
