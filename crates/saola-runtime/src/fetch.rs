//! What a run gives back.

use std::collections::BTreeMap;

use saola_graph::{Effect, Symbol};
use saola_tensor::{Error, Result, Tensor};
use smallvec::SmallVec;

/// Something that a run can be asked for: a symbol gives its value, an effect happens, and any nesting of them in
/// tuples, arrays, vectors, options and maps gives the same nesting of results.
pub trait Fetch {
    /// What the run gives.
    type Output;

    /// Adds the symbols that are asked for.
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>);

    /// Takes the results, in the order of [`Fetch::symbols`].
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where there are too few.
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output>;
}

/// A symbol that is asked for, and whether its value is.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub(crate) symbol: &'a Symbol,
    pub(crate) value: bool,
}

impl Fetch for Symbol {
    type Output = Tensor;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        into.push(Wanted { symbol: self, value: true });
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Tensor> {
        values.next().ok_or_else(|| Error::internal("a run gave too few values"))
    }
}

impl Fetch for Effect {
    type Output = ();
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        into.push(Wanted { symbol: self.symbol(), value: false });
    }
    fn collect(&self, _values: &mut dyn Iterator<Item = Tensor>) -> Result<()> {
        Ok(())
    }
}

impl<F: Fetch + ?Sized> Fetch for &F {
    type Output = F::Output;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        (**self).symbols(into);
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<F::Output> {
        (**self).collect(values)
    }
}

impl Fetch for () {
    type Output = ();
    fn symbols<'a>(&'a self, _into: &mut SmallVec<[Wanted<'a>; 8]>) {}
    fn collect(&self, _values: &mut dyn Iterator<Item = Tensor>) -> Result<()> {
        Ok(())
    }
}

impl<F: Fetch> Fetch for Option<F> {
    type Output = Option<F::Output>;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        self.iter().for_each(|f| f.symbols(into));
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
        self.as_ref().map(|f| f.collect(values)).transpose()
    }
}

impl<F: Fetch> Fetch for [F] {
    type Output = Vec<F::Output>;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        self.iter().for_each(|f| f.symbols(into));
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
        self.iter().map(|f| f.collect(values)).collect()
    }
}

impl<F: Fetch> Fetch for Vec<F> {
    type Output = Vec<F::Output>;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        self[..].symbols(into);
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
        self[..].collect(values)
    }
}

impl<F: Fetch, const N: usize> Fetch for [F; N] {
    type Output = [F::Output; N];
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        self[..].symbols(into);
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
        let all: Vec<F::Output> = self[..].collect(values)?;
        all.try_into().map_err(|_| Error::internal("a run gave too few values"))
    }
}

impl<K: Ord + Clone, F: Fetch> Fetch for BTreeMap<K, F> {
    type Output = BTreeMap<K, F::Output>;
    fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
        self.values().for_each(|f| f.symbols(into));
    }
    fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
        self.iter().map(|(k, f)| Ok((k.clone(), f.collect(values)?))).collect()
    }
}

macro_rules! tuple {
    ($($name:ident . $index:tt),*) => {
        impl<$($name: Fetch),*> Fetch for ($($name,)*) {
            type Output = ($($name::Output,)*);
            fn symbols<'a>(&'a self, into: &mut SmallVec<[Wanted<'a>; 8]>) {
                $(self.$index.symbols(into);)*
            }
            fn collect(&self, values: &mut dyn Iterator<Item = Tensor>) -> Result<Self::Output> {
                Ok(($(self.$index.collect(values)?,)*))
            }
        }
    };
}
tuple!(A.0);
tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
tuple!(A.0, B.1, C.2, D.3, E.4);
tuple!(A.0, B.1, C.2, D.3, E.4, F.5);
