//! What a run is fed.

use saola_graph::Symbol;
use saola_tensor::Tensor;
use smallvec::SmallVec;

/// A value to feed: borrowed, so that nothing is copied, or made for the purpose.
#[derive(Clone, Debug)]
pub enum FeedValue<'a> {
    /// The caller's tensor.
    Borrowed(&'a Tensor),
    /// A tensor of the feed's own.
    Owned(Tensor),
}

impl FeedValue<'_> {
    /// The tensor.
    pub fn tensor(&self) -> &Tensor {
        match self {
            FeedValue::Borrowed(tensor) => tensor,
            FeedValue::Owned(tensor) => tensor,
        }
    }
}

impl<'a> From<&'a Tensor> for FeedValue<'a> {
    fn from(tensor: &'a Tensor) -> FeedValue<'a> {
        FeedValue::Borrowed(tensor)
    }
}

macro_rules! owned {
    ($($t:ty),*) => {$(
        impl From<$t> for FeedValue<'_> {
            fn from(value: $t) -> Self {
                FeedValue::Owned(Tensor::from(value))
            }
        }
    )*};
}
owned!(
    Tensor,
    f32,
    f64,
    i32,
    i64,
    bool,
    Vec<f32>,
    Vec<f64>,
    Vec<i64>,
    Vec<i32>,
    &Vec<f32>,
    &Vec<f64>,
    &[f32]
);

/// Symbols and the values that they are to have in a run. Any symbol can be fed; what it is computed from is then
/// not computed.
#[derive(Clone, Debug, Default)]
pub struct Feeds<'a> {
    pub(crate) entries: SmallVec<[(&'a Symbol, FeedValue<'a>); 12]>,
}

impl<'a> Feeds<'a> {
    /// Nothing.
    pub fn new() -> Feeds<'a> {
        Feeds::default()
    }

    /// Also this.
    #[must_use]
    pub fn with(mut self, symbol: &'a Symbol, value: impl Into<FeedValue<'a>>) -> Feeds<'a> {
        self.entries.push((symbol, value.into()));
        self
    }

    /// Whether `symbol` is fed.
    pub fn has(&self, symbol: &Symbol) -> bool {
        self.entries.iter().any(|(s, _)| s.id() == symbol.id())
    }

    /// These and `more`.
    #[must_use]
    pub fn and<'b>(&'b self, more: &'b [(Symbol, Tensor)]) -> Feeds<'b>
    where
        'a: 'b,
    {
        let mut all = Feeds::new();
        self.entries.iter().for_each(|(symbol, value)| all.add(symbol, value.tensor()));
        more.iter().for_each(|(symbol, value)| all.add(symbol, value));
        all
    }

    /// Also this, in place.
    pub fn add(&mut self, symbol: &'a Symbol, value: impl Into<FeedValue<'a>>) {
        self.entries.push((symbol, value.into()));
    }
}

/// The feeds of a run: `feed![&x => &images, &y => &labels]`; `feed![]` for none.
#[macro_export]
macro_rules! feed {
    ($($symbol:expr => $value:expr),* $(,)?) => {
        $crate::Feeds::new()$(.with($symbol, $value))*
    };
}
