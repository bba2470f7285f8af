//! The `hepatica` program: hands the command line to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    hepatica::cli::main(std::env::args_os())
}
