//! `cargo xtask tidy`: what this repository asks of its own files beyond what the compiler and clippy ask.

mod tidy;

use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "usage: cargo xtask tidy          check the files of the repository
       cargo xtask tidy --rules  list what is checked";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["tidy"] => check(),
        ["tidy", "--rules"] => {
            for rule in tidy::RULES {
                println!("{:16} {}", rule.name, rule.about);
            }
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn check() -> ExitCode {
    let start = Instant::now();
    let repository = match tidy::Repository::open() {
        Ok(repository) => repository,
        Err(why) => {
            eprintln!("tidy: {why}");
            return ExitCode::from(2);
        }
    };
    let findings = tidy::check(&repository);
    for finding in &findings {
        println!("{finding}");
    }
    let (files, rules, time) = (repository.files.len(), tidy::RULES.len(), start.elapsed());
    eprintln!("tidy: {files} files, {rules} rules, {} findings, {time:.0?}", findings.len());
    ExitCode::from(u8::from(!findings.is_empty()))
}
