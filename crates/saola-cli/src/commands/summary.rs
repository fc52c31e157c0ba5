//! `saola summary`.

use saola_keras::Model;
use saola_tensor::Result;

use crate::arguments::SummaryArguments;
use crate::screen::tell;

pub(crate) fn run(arguments: &SummaryArguments) -> Result<()> {
    tell(&Model::load(&arguments.model)?.summary())
}
