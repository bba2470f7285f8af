//! The command line: the same requests as the window, without one. No algorithm.
//!
//! Results go to stdout or to the named file, everything else to stderr; an error is one sentence. Exit codes: 0 done,
//! 2 wrong input (arguments, files, values), 1 what the system refused, 130 interrupted by Ctrl+C. Of many cases, some of which
//! failed, the answer is 1 too: what was asked for is there, but not all of it.

mod cohort;
mod compare;
mod convert;
mod demo;
mod evaluate;
mod extract;
mod failure;
mod icc;
mod input;
mod interrupt;
mod output;
mod phantom;
mod picture;
mod predict;
mod progress;
mod protocol;
mod segment;
mod series;
mod stats;
mod train;
mod view;
mod voi;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

/// From a CT folder to a risk: delineate the whole liver on portal venous phase CT, extract PyRadiomics' features, and see
/// what a trained nomogram makes of them.
///
/// Without a subcommand the window opens.
#[derive(Debug, Parser)]
#[command(
    name = "hepatica",
    version,
    max_term_width = 110,
    after_help = "Research use only – not for clinical decisions."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    View(view::View),
    Series(series::Series),
    Convert(convert::Convert),
    Segment(segment::Segment),
    Voi(voi::Voi),
    Compare(compare::Compare),
    Extract(extract::Extract),
    Protocol(protocol::ShowProtocol),
    #[command(name = "merge-features")]
    MergeFeatures(cohort::MergeTables),
    Icc(icc::Icc),
    Train(train::Train),
    Evaluate(evaluate::Evaluate),
    Stats(stats::Stats),
    Predict(predict::Predict),
    Phantom(phantom::Phantom),
    Demo(demo::Demo),
}

/// Parses the command line and does what it says.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let given: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) => {
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                // A closed pipe leaves nobody to tell.
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            eprintln!("hepatica: {} (see {} --help)", in_one_sentence(&error.to_string()), asked_for(&given));
            return ExitCode::from(failure::WRONG_INPUT);
        }
    };
    // The window asks before anything is lost by itself.
    if !matches!(arguments.command, None | Some(Command::View(_))) {
        interrupt::heed();
    }
    let result = match arguments.command {
        None => view::View::default().run(),
        Some(Command::View(command)) => command.run(),
        Some(Command::Series(command)) => command.run(),
        Some(Command::Convert(command)) => command.run(),
        Some(Command::Segment(command)) => command.run(),
        Some(Command::Voi(command)) => command.run(),
        Some(Command::Compare(command)) => command.run(),
        Some(Command::Extract(command)) => command.run(),
        Some(Command::Protocol(command)) => command.run(),
        Some(Command::MergeFeatures(command)) => command.run(),
        Some(Command::Icc(command)) => command.run(),
        Some(Command::Train(command)) => command.run(),
        Some(Command::Evaluate(command)) => command.run(),
        Some(Command::Stats(command)) => command.run(),
        Some(Command::Predict(command)) => command.run(),
        Some(Command::Phantom(command)) => command.run(),
        Some(Command::Demo(command)) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("hepatica: {}", failure::in_words(&failure));
            ExitCode::from(failure::exit_code(&failure))
        }
    }
}

/// The program and the subcommand that was given, as far as there is such a one.
fn asked_for(given: &[OsString]) -> String {
    let program = Arguments::command();
    let name = given.get(1).and_then(|word| word.to_str()).filter(|word| program.find_subcommand(word).is_some());
    name.map_or("hepatica".to_owned(), |name| format!("hepatica {name}"))
}

/// The parser's complaint without its usage text: the first paragraph, on one line.
fn in_one_sentence(complaint: &str) -> String {
    let first = complaint.split("\n\n").next().unwrap_or(complaint);
    let words: Vec<&str> = first.trim_start_matches("error:").split_whitespace().collect();
    words.join(" ")
}
