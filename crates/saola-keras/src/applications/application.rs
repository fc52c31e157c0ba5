//! What all applications have in common: arguments, input, top, weights.

use std::path::PathBuf;

use saola_graph::{Dim, Dims, Symbol};
use saola_nn::activations::Function;
use saola_nn::layers::{Dense, GlobalAveragePooling2D, GlobalMaxPooling2D};
use saola_tensor::{Error, Result, Tensor};

use super::Mode;
use crate::{Input, KerasTensor, Model};

/// The table of applications: for each line a function, the lookup by Keras's name.
macro_rules! applications {
    ($($function:ident: $class:literal, $size:literal, $least:literal, $mode:ident, $body:path, $top:path;)*) => {
        $(
            #[doc = concat!("Keras's `", $class, "`, with its top for 1000 classes and random weights unless told otherwise.")]
            pub fn $function() -> Application {
                Application::new(application::Kind {
                    class: $class, size: $size, least: $least, mode: Mode::$mode, body: $body, top: $top,
                })
            }
        )*

        /// Keras's names of the applications that are known here.
        pub const NAMES: &[&str] = &[$($class),*];

        /// The application of Keras's name `class`, as `ResNet50`.
        ///
        /// # Errors
        /// [`saola_tensor::ErrorKind::NotFound`] for a name that is not among [`NAMES`].
        pub fn by_name(class: &str) -> saola_tensor::Result<Application> {
            match class {
                $($class => Ok($function()),)*
                _ => Err(saola_tensor::Error::not_found(format!("no application is called `{class}`"))
                    .help(format!("there are {}", NAMES.join(", ")))),
            }
        }
    };
}
pub(super) use applications;

/// What makes an application the one that it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) class: &'static str,
    /// Height and width of the pictures, where nothing else is asked for.
    pub(super) size: usize,
    /// The least height and width.
    pub(super) least: usize,
    pub(super) mode: Mode,
    /// The layers up to the last ones.
    pub(super) body: fn(&Application, KerasTensor) -> KerasTensor,
    /// The layers that make classes of them.
    pub(super) top: fn(&Application, KerasTensor) -> KerasTensor,
}

/// What becomes of the last maps of an application without a top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their means.
    Average,
    /// Their largest values.
    Max,
}

/// A model of `keras.applications` to be, with Keras's arguments and defaults. Pictures are `[batch, height, width,
/// channels]`; [`Application::preprocess_input`] makes of their values what the model was trained on.
///
/// ```
/// use saola_keras::applications::{self, Pooling};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let body = applications::mobilenet().alpha(0.25).include_top(false).input_shape([64, 64, 3]);
/// let model = body.pooling(Pooling::Average).build()?;
/// assert_eq!(model.name(), "mobilenet_0.25_64");
/// assert_eq!(model.count_params(), 218_544);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Application {
    kind: Kind,
    include_top: bool,
    input_shape: Option<Dims>,
    pooling: Option<Pooling>,
    pub(super) classes: usize,
    pub(super) activation: Function,
    name: Option<String>,
    alpha: Option<f64>,
    depth_multiplier: Option<usize>,
    dropout: Option<f64>,
    weights: Option<PathBuf>,
    seed: u64,
}

impl Application {
    pub(super) fn new(kind: Kind) -> Application {
        Application {
            kind,
            include_top: true,
            input_shape: None,
            pooling: None,
            classes: 1000,
            activation: "softmax".into(),
            name: None,
            alpha: None,
            depth_multiplier: None,
            dropout: None,
            weights: None,
            seed: 0,
        }
    }

    /// Whether the layers that make classes are there; they are by default.
    #[must_use]
    pub fn include_top(mut self, include: bool) -> Application {
        self.include_top = include;
        self
    }

    /// Height, width and channels of the pictures; with the top all of them must be known. By default Keras's size for
    /// the application with the top, and any size without it.
    #[must_use]
    pub fn input_shape(mut self, shape: impl Into<Dims>) -> Application {
        self.input_shape = Some(shape.into());
        self
    }

    /// What becomes of the last maps where there is no top; nothing by default.
    #[must_use]
    pub fn pooling(mut self, pooling: Pooling) -> Application {
        self.pooling = Some(pooling);
        self
    }

    /// How many classes the top has; 1000 by default.
    #[must_use]
    pub fn classes(mut self, classes: usize) -> Application {
        self.classes = classes;
        self
    }

    /// The activation of the last layer of the top; softmax by default, `linear` for logits.
    #[must_use]
    pub fn classifier_activation(mut self, activation: impl Into<Function>) -> Application {
        self.activation = activation.into();
        self
    }

    /// A name for the model.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Application {
        self.name = Some(name.into());
        self
    }

    /// How many times as many channels as usual, for the MobileNets.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Application {
        self.alpha = Some(alpha);
        self
    }

    /// How many maps a depthwise convolution makes of each, for MobileNet.
    #[must_use]
    pub fn depth_multiplier(mut self, multiplier: usize) -> Application {
        self.depth_multiplier = Some(multiplier);
        self
    }

    /// The rate of dropout in the top, for MobileNet.
    #[must_use]
    pub fn dropout(mut self, rate: f64) -> Application {
        self.dropout = Some(rate);
        self
    }

    /// The file with the weights: a `.weights.h5` of Keras, or whatever else [`Model::load_weights`] reads. Without one
    /// the weights are random.
    #[must_use]
    pub fn weights(mut self, path: impl Into<PathBuf>) -> Application {
        self.weights = Some(path.into());
        self
    }

    /// A seed for random weights; 0 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Application {
        self.seed = seed;
        self
    }

    /// Keras's name of the application.
    pub fn class(&self) -> &'static str {
        self.kind.class
    }

    /// How values of pictures are brought to what the model was trained on.
    pub fn mode(&self) -> Mode {
        self.kind.mode
    }

    /// Pictures with values from 0 to 255 as the model takes them; [`Mode::preprocess`] is the same for tensors.
    pub fn preprocess_input(&self, x: &Symbol) -> Symbol {
        self.kind.mode.apply(x)
    }

    /// As [`Application::preprocess_input`], for a tensor.
    ///
    /// # Errors
    /// As [`Mode::preprocess`].
    pub fn preprocess(&self, x: &Tensor) -> Result<Tensor> {
        self.kind.mode.preprocess(x)
    }

    /// The model.
    ///
    /// # Errors
    /// A shape of the input that the application does not take, an argument of another application, or a weights file
    /// that does not fit.
    pub fn build(&self) -> Result<Model> {
        let shape = self.checked()?;
        let input = Input::new(shape.clone());
        let body = (self.kind.body)(self, input.as_ref().clone());
        let output = match (self.include_top, self.pooling) {
            (true, _) => (self.kind.top)(self, body),
            (false, None) => body,
            (false, Some(pooling)) => self.pool(body, pooling),
        };
        let name = self.name.clone().unwrap_or_else(|| self.default_name(&shape));
        let session = crate::backend::session_of_model(self.seed);
        let model = Model::build(&name, &[input.as_ref().clone()], &[output], session)?;
        if let Some(path) = &self.weights {
            model.load_weights(path)?;
        }
        Ok(model)
    }

    fn pool(&self, x: KerasTensor, pooling: Pooling) -> KerasTensor {
        let (mean, largest) = (GlobalAveragePooling2D::new(), GlobalMaxPooling2D::new());
        // Families of which Keras names these layers.
        let named =
            ["ResNet", "DenseNet", "EfficientNet"].iter().any(|family| self.kind.class.starts_with(family));
        match (pooling, named) {
            (Pooling::Average, true) => x.apply(mean.named("avg_pool")),
            (Pooling::Average, false) => x.apply(mean),
            (Pooling::Max, true) => x.apply(largest.named("max_pool")),
            (Pooling::Max, false) => x.apply(largest),
        }
    }

    fn default_name(&self, shape: &Dims) -> String {
        let class = self.kind.class.to_lowercase();
        if !self.is_mobile() {
            return match class.as_str() {
                "inceptionv3" => "inception_v3".to_string(),
                _ => class,
            };
        }
        let rows = shape.first().and_then(|d| d.known()).map_or("None".to_string(), |n| n.to_string());
        format!("{class}_{:.2}_{rows}", self.width())
    }

    fn is_mobile(&self) -> bool {
        self.kind.class.starts_with("MobileNet")
    }

    /// How many times as many channels as usual.
    pub(super) fn width(&self) -> f64 {
        self.alpha.unwrap_or(1.0)
    }

    /// Rows and columns of the pictures, where they are known.
    pub(super) fn extent(&self) -> [Option<usize>; 2] {
        let of = |axis: usize| match &self.input_shape {
            Some(shape) => shape.get(axis).and_then(|d| d.known()),
            None => self.include_top.then_some(self.kind.size),
        };
        [of(0), of(1)]
    }

    pub(super) fn maps_each(&self) -> usize {
        self.depth_multiplier.unwrap_or(1)
    }

    pub(super) fn top_dropout(&self) -> f64 {
        self.dropout.unwrap_or(1e-3)
    }

    /// The shape of the input, after all arguments were looked at.
    fn checked(&self) -> Result<Dims> {
        let class = self.kind.class;
        let foreign = [
            ("alpha", self.alpha.is_some() && !self.is_mobile()),
            ("depth_multiplier", self.depth_multiplier.is_some() && class != "MobileNet"),
            ("dropout", self.dropout.is_some() && class != "MobileNet"),
        ];
        if let Some((argument, _)) = foreign.iter().find(|(_, given)| *given) {
            return Err(Error::value(format!("`{class}` takes no `{argument}`")));
        }
        if !(self.width() > 0.0 && self.width() <= 64.0) {
            return Err(Error::value(format!("`alpha` is {}", self.width())).help("it is above 0, as 0.5"));
        }
        if self.maps_each() == 0 || self.classes == 0 {
            return Err(Error::value(format!("`{class}`: `classes` and `depth_multiplier` are at least 1")));
        }
        let size = Dim::Known(self.kind.size);
        let Some(shape) = &self.input_shape else {
            let size = if self.include_top { size } else { Dim::Any };
            return Ok(Dims::from([size, size, Dim::Known(3)]));
        };
        let least = self.kind.least;
        let [rows, columns, channels] = shape[..] else {
            return Err(Error::shape(format!("`{class}`: the input shape is {shape}"))
                .help("give height, width and channels"));
        };
        if channels.known().is_none_or(|n| n == 0) {
            return Err(Error::shape(format!("`{class}`: the input shape is {shape}"))
                .help("the number of channels must be known"));
        }
        if [rows, columns].iter().any(|d| d.known().is_some_and(|n| n < least)) {
            return Err(Error::shape(format!("`{class}`: the input shape is {shape}"))
                .help(format!("height and width are at least {least}")));
        }
        if self.include_top && shape.known().is_none() {
            return Err(Error::shape(format!("`{class}`: the input shape is {shape}"))
                .help("with the top, height and width must be known"));
        }
        Ok(shape.clone())
    }
}

/// The layer that makes classes.
pub(super) fn classify(of: &Application, x: &KerasTensor) -> KerasTensor {
    x.apply(Dense::new(of.classes).activation(of.activation.clone()).named("predictions"))
}

/// Means of the maps, and classes of them.
pub(super) fn top(of: &Application, x: KerasTensor) -> KerasTensor {
    classify(of, &x.apply(GlobalAveragePooling2D::new().named("avg_pool")))
}

/// As [`top`], where Keras gives the first layer no name.
pub(super) fn top_unnamed(of: &Application, x: KerasTensor) -> KerasTensor {
    classify(of, &x.apply(GlobalAveragePooling2D::new()))
}
