//! The `hepatica` program: hands the command line to the library.

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Errors alone unless asked for more, as in HEPATICA_LOG=warn; what is logged names no patient.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_env("HEPATICA_LOG")).with_writer(std::io::stderr).init();
    hepatica::cli::main(std::env::args_os())
}
