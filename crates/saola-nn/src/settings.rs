//! What losses, metrics, schedules and optimizers are made from, and how Keras writes it.
//!
//! Each of them is a struct of plain values with a default, a builder method and a key in a Keras file for each. The
//! macro `settings!` makes all of these from one list, so that they cannot disagree.

use saola_tensor::{Error, Result};
use serde_json::{Map, Value, json};

use crate::config::{object, short};

/// An object as Keras writes it: the class, and what it is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    module: &'static str,
    class: String,
    fields: Map<String, Value>,
}

impl Settings {
    /// An object of `module`, such as `keras.losses`, without fields. A class of your own is `package>Name`, as Keras's
    /// `register_keras_serializable` names it, whatever the module.
    pub fn new(module: &'static str, class: impl Into<String>) -> Settings {
        Settings { module, class: class.into(), fields: Map::new() }
    }

    /// With a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Settings {
        self.fields.insert(key.to_string(), value.into());
        self
    }

    pub(crate) fn fields_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.fields
    }

    /// Keras's class.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The object as it stands in a Keras file.
    pub fn to_value(&self) -> Value {
        object(self.module, &self.class, Value::Object(self.fields.clone()))
    }

    /// A function of your own as it stands in a Keras file, by the name `package>name` under which it is registered there.
    pub fn function(name: &str) -> Value {
        json!({"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"})
    }
}

/// A value that a Keras file can hold: a number, a truth value, a text, an option or a list of those.
pub trait Setting: Sized {
    /// As it is written.
    fn write(&self) -> Value;
    /// From what was written; none where it is something else.
    fn read(value: &Value) -> Option<Self>;
    /// What may be written, for a message.
    fn wanted() -> &'static str;
}

macro_rules! setting {
    ($type:ty, $wanted:literal, |$value:ident| $read:expr) => {
        impl Setting for $type {
            fn write(&self) -> Value {
                json!(self)
            }
            fn read($value: &Value) -> Option<Self> {
                $read
            }
            fn wanted() -> &'static str {
                $wanted
            }
        }
    };
}

setting!(f64, "a number", |v| v.as_f64());
setting!(bool, "true or false", |v| v.as_bool());
setting!(String, "a text", |v| v.as_str().map(str::to_string));
setting!(usize, "a whole number that is not negative", |v| v.as_u64().and_then(|n| usize::try_from(n).ok()));
setting!(isize, "a small whole number", |v| v.as_i64().and_then(|n| i16::try_from(n).ok()).map(isize::from));
setting!(i64, "a whole number", |v| v.as_i64());

impl<T: Setting> Setting for Option<T> {
    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, Setting::write)
    }
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }
    fn wanted() -> &'static str {
        T::wanted()
    }
}

/// None, one, or a list of them.
impl<T: Setting> Setting for Vec<T> {
    fn write(&self) -> Value {
        if self.is_empty() { Value::Null } else { self.iter().map(Setting::write).collect() }
    }
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Vec::new()),
            Value::Array(list) => list.iter().map(T::read).collect(),
            one => T::read(one).map(|v| vec![v]),
        }
    }
    fn wanted() -> &'static str {
        T::wanted()
    }
}

/// The fields of an object in a file. Each is taken by who knows it; what is left over in the end is an error.
///
/// This is what a loss, a metric, an optimizer, an initializer, a regularizer or a constraint of your own is made from; see
/// [`CustomObjects`](crate::CustomObjects).
pub struct SettingsReader {
    what: String,
    fields: Map<String, Value>,
}

impl SettingsReader {
    /// The fields of a `kind`, such as a loss, of the class `class`.
    pub(crate) fn new(kind: &str, class: &str, config: &Value) -> Result<SettingsReader> {
        let what = format!("{kind} `{class}`");
        let fields = config
            .as_object()
            .cloned()
            .ok_or_else(|| Error::format(format!("{what}: `config` is {}, not an object", short(config))))?;
        Ok(SettingsReader { what, fields })
    }

    /// The field, which must be there.
    ///
    /// # Errors
    /// A field that is not there, or is something else.
    pub fn need<T: Setting>(&mut self, key: &str) -> Result<T> {
        let value = self.fields.remove(key).unwrap_or(Value::Null);
        T::read(&value).ok_or_else(|| self.refuse(key, &value, T::wanted()))
    }

    /// The field, or `otherwise` where it is not there.
    ///
    /// # Errors
    /// A field that is something else.
    pub fn get<T: Setting>(&mut self, key: &str, otherwise: T) -> Result<T> {
        let Some(value) = self.fields.remove(key) else { return Ok(otherwise) };
        T::read(&value).ok_or_else(|| self.refuse(key, &value, T::wanted()))
    }

    /// The field as it is.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key)
    }

    /// The error of a value that is not supported.
    pub fn refuse(&self, key: &str, value: &Value, wanted: &str) -> Error {
        Error::format(format!("{}: `{key}` is {}", self.what, short(value)))
            .help(format!("supported here: {wanted}"))
    }

    /// All fields must have been taken. One that is null asks for nothing.
    pub(crate) fn finish(&self) -> Result<()> {
        match self.fields.iter().find(|(_, value)| !value.is_null()) {
            Some((key, value)) => Err(self.refuse(key, value, "null, or no such field")),
            None => Ok(()),
        }
    }
}

/// Class and fields of an object in a file.
pub(crate) fn class_and_config<'a>(kind: &str, value: &'a Value) -> Result<(&'a str, &'a Value)> {
    match value["class_name"].as_str() {
        Some(class) => Ok((class, &value["config"])),
        None => Err(Error::format(format!("a {kind} is {}, which is no object of Keras", short(value)))),
    }
}

/// The builder method of a field: an option takes the value itself, a list anything that becomes one.
macro_rules! setter {
    ([$($doc:tt)*] $field:ident Option $arg:ident) => {
        $($doc)* #[must_use]
        pub fn $field(mut self, $field: $arg) -> Self {
            self.$field = Some($field);
            self
        }
    };
    ([$($doc:tt)*] $field:ident Vec $arg:ident) => {
        $($doc)* #[must_use]
        pub fn $field(mut self, $field: impl Into<Vec<$arg>>) -> Self {
            self.$field = $field.into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident String) => {
        $($doc)* #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            self.$field = $field.into();
            self
        }
    };
    ([$($doc:tt)*] $field:ident $type:ident) => {
        $($doc)* #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    };
}
pub(crate) use setter;

/// A struct of settings with defaults, builder methods, and its fields to a Keras file and back. Fields under `plain`
/// have no builder method; those under `unwritten` stay out of files as well.
macro_rules! settings {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$fdoc:meta])* $field:ident : $type:ident $(<$arg:ident>)? = $default:expr,)*
        }
        plain { $($plain:ident : $ptype:ident $(<$parg:ident>)? = $pdefault:expr,)* }
        $(unwritten { $($own:ident : $otype:ty = $odefault:expr,)* })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($field: $type $(<$arg>)?,)*
            $($plain: $ptype $(<$parg>)?,)*
            $($($own: $otype,)*)?
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default,)* $($plain: $pdefault,)* $($($own: $odefault,)*)? }
            }
        }

        impl $name {
            $($crate::settings::setter!([$(#[$fdoc])*] $field $type $($arg)?);)*

            #[allow(unused_variables, reason = "some have no fields")]
            pub(crate) fn write(&self, settings: &mut $crate::settings::Settings) {
                let fields = settings.fields_mut();
                $(fields.insert(stringify!($field).into(), $crate::settings::Setting::write(&self.$field));)*
                $(fields.insert(stringify!($plain).into(), $crate::settings::Setting::write(&self.$plain));)*
            }

            #[allow(unused_variables, reason = "some have no fields")]
            pub(crate) fn read(
                reader: &mut $crate::settings::SettingsReader,
            ) -> saola_tensor::Result<$name> {
                let otherwise = $name::default();
                Ok($name {
                    $($field: reader.get(stringify!($field), otherwise.$field)?,)*
                    $($plain: reader.get(stringify!($plain), otherwise.$plain)?,)*
                    $($($own: otherwise.$own,)*)?
                })
            }
        }
    };
}
pub(crate) use settings;
