//! The command `saola`: models on CSV files and Keras's models, without a program of one's own.
//!
//! `saola train` makes a classifier of a file and keeps it in a folder, `saola evaluate` tells how good it is on
//! another file, `saola predict` writes what it makes of one, or what a model of Keras makes of arrays, and `saola export`
//! makes a SavedModel of it. `saola summary`, `saola plot` and `saola convert` show Keras's models and write them in other
//! formats. To add a command, write its file in `commands` and add its line to `arguments.rs` and `main.rs`.

mod arguments;
mod classes;
mod commands;
mod estimator;
mod examples;
mod experiment;
mod feature;
mod infer;
mod model;
mod numbers;
mod optimizer;
mod overrides;
mod print_experiment;
mod progress;
mod quantity;
mod report;
mod screen;
mod settings;
mod wording;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments),
        Command::Predict(arguments) => commands::predict::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Summary(arguments) => commands::summary::run(&arguments),
        Command::Plot(arguments) => commands::plot::run(&arguments),
        Command::Convert(arguments) => commands::convert::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has read enough, as `head` does.
        Err(error) if screen::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", wording::of_the_command(error));
            ExitCode::FAILURE
        }
    }
}
