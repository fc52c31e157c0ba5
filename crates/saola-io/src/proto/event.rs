//! The messages of TensorBoard's event files.

use super::TensorProto;

/// One record of an event file.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Event {
    /// When it happened, in seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// The global step.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// What happened.
    #[prost(oneof = "what::What", tags = "3, 4, 5, 9")]
    pub what: Option<what::What>,
}

/// What an [`Event`] can hold.
pub mod what {
    /// The content of an event.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum What {
        /// The first record of a file: `brain.Event:2`.
        #[prost(string, tag = "3")]
        FileVersion(String),
        /// An encoded `GraphDef`.
        #[prost(bytes = "vec", tag = "4")]
        GraphDef(Vec<u8>),
        /// Values under tags.
        #[prost(message, tag = "5")]
        Summary(super::Summary),
        /// An encoded `MetaGraphDef`.
        #[prost(bytes = "vec", tag = "9")]
        MetaGraphDef(Vec<u8>),
    }
}

/// Values of one step.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summary {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<SummaryValue>,
}

/// One value under its tag.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SummaryValue {
    /// The node that made it; not used any more.
    #[prost(string, tag = "7")]
    pub node_name: String,
    /// The name that TensorBoard shows.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// Which plugin shows it, and how.
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<SummaryMetadata>,
    /// The value.
    #[prost(oneof = "summary_value::Value", tags = "2, 5, 8")]
    pub value: Option<summary_value::Value>,
}

/// What a [`SummaryValue`] can hold.
pub mod summary_value {
    /// The value of a tag.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Value {
        /// A number, as `tf.compat.v1.summary.scalar` and `tf.estimator` write it.
        #[prost(float, tag = "2")]
        SimpleValue(f32),
        /// A distribution, as `tf.compat.v1.summary.histogram` writes it.
        #[prost(message, tag = "5")]
        Histo(super::HistogramProto),
        /// A tensor for the plugin that the metadata name, as `tf.summary` of TensorFlow 2 writes it.
        #[prost(message, tag = "8")]
        Tensor(super::TensorProto),
    }
}

/// How a value is to be shown.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SummaryMetadata {
    /// The plugin and its own data.
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
    /// A name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// A longer text.
    #[prost(string, tag = "3")]
    pub summary_description: String,
    /// 1 for scalars, 2 for tensors, 3 for blobs, 0 for unknown.
    #[prost(int32, tag = "4")]
    pub data_class: i32,
}

/// What a TensorBoard plugin needs to know.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PluginData {
    /// The plugin's name, as `scalars`.
    #[prost(string, tag = "1")]
    pub plugin_name: String,
    /// Its own message, encoded.
    #[prost(bytes = "vec", tag = "2")]
    pub content: Vec<u8>,
}

/// A distribution: how many values fall into each bucket.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistogramProto {
    /// The smallest value.
    #[prost(double, tag = "1")]
    pub min: f64,
    /// The largest value.
    #[prost(double, tag = "2")]
    pub max: f64,
    /// How many values there are.
    #[prost(double, tag = "3")]
    pub num: f64,
    /// Their sum.
    #[prost(double, tag = "4")]
    pub sum: f64,
    /// The sum of their squares.
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    /// The upper edge of each bucket; a bucket begins where the one before it ends.
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    /// How many values are in each bucket.
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}

impl Event {
    /// The summary, where the event holds one.
    pub fn summary(&self) -> Option<&Summary> {
        match &self.what {
            Some(what::What::Summary(summary)) => Some(summary),
            _ => None,
        }
    }
}

impl SummaryValue {
    /// The number under this tag, whether it was written as a simple value or as a tensor.
    pub fn scalar(&self) -> Option<f64> {
        match self.value.as_ref()? {
            summary_value::Value::SimpleValue(value) => Some(f64::from(*value)),
            summary_value::Value::Tensor(tensor) => TensorProto::to_scalar(tensor),
            summary_value::Value::Histo(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn the_version_event_has_tensorflows_bytes() {
        let what = Some(what::What::FileVersion("brain.Event:2".into()));
        let event = Event { wall_time: 1.0, step: 0, what };
        let mut expected = vec![9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 26, 13];
        expected.extend(b"brain.Event:2");
        assert_eq!(event.encode_to_vec(), expected);
    }

    #[test]
    fn only_single_numbers_are_scalars() {
        let value = |v| SummaryValue { value: Some(v), ..Default::default() }.scalar();
        assert_eq!(value(summary_value::Value::SimpleValue(0.5)), Some(0.5));
        assert_eq!(value(summary_value::Value::Tensor(TensorProto::scalar(2.0))), Some(2.0));
        assert_eq!(value(summary_value::Value::Histo(HistogramProto::default())), None);
        assert_eq!(SummaryValue::default().scalar(), None);
    }
}
