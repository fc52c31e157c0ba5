//! The real command, run in temporary folders.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod experiment;
#[cfg(test)]
mod export;
#[cfg(test)]
mod happy;
#[cfg(test)]
mod keras;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod place;
#[cfg(test)]
mod trees;
