//! Results on standard output.

use std::io::{self, Write as _};

/// Writes a result to standard output. A reader that has seen enough and went away, such as `head`, is no error.
pub fn answer(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| io::Error::new(error.kind(), format!("standard output: {error}"))),
    }
}
