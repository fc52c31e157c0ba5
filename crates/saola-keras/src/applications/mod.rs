//! Models for pictures as `keras.applications` has them, one file for each family.
//!
//! Layers, their names and the order and paths of their weights are Keras's, so that its weight files fit. To add one,
//! write its file with a function that builds its body, and add its line to the table below.

mod application;
mod densenet;
mod efficientnet;
mod inception_v3;
mod mobilenet;
mod mobilenet_v2;
mod mode;
mod predictions;
mod resnet;
mod resnet_v2;
mod vgg;
mod xception;

pub use application::{Application, Pooling};
pub use mode::Mode;
pub use predictions::{ClassIndex, Prediction};

application::applications! {
    vgg16: "VGG16", 224, 32, Caffe, vgg::body16, vgg::top;
    vgg19: "VGG19", 224, 32, Caffe, vgg::body19, vgg::top;
    resnet50: "ResNet50", 224, 32, Caffe, resnet::body50, application::top;
    resnet101: "ResNet101", 224, 32, Caffe, resnet::body101, application::top;
    resnet152: "ResNet152", 224, 32, Caffe, resnet::body152, application::top;
    resnet50_v2: "ResNet50V2", 224, 32, Tf, resnet_v2::body50, application::top;
    resnet101_v2: "ResNet101V2", 224, 32, Tf, resnet_v2::body101, application::top;
    resnet152_v2: "ResNet152V2", 224, 32, Tf, resnet_v2::body152, application::top;
    mobilenet: "MobileNet", 224, 32, Tf, mobilenet::body, mobilenet::top;
    mobilenet_v2: "MobileNetV2", 224, 32, Tf, mobilenet_v2::body, application::top_unnamed;
    densenet121: "DenseNet121", 224, 32, Torch, densenet::body121, application::top;
    efficientnet_b0: "EfficientNetB0", 224, 32, Same, efficientnet::body, efficientnet::top;
    inception_v3: "InceptionV3", 299, 75, Tf, inception_v3::body, application::top;
    xception: "Xception", 299, 71, Tf, xception::body, application::top;
}
