"""Training steps of the networks of benchmarks/training/networks with Keras on TensorFlow, one thread.

Same arguments and protocol as torch_training.py. Forms: "installed": `fit` as it is; "together": all steps of a round
in one execution; "compiled": that, with XLA.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras
from keras import layers, regularizers


def read(folder, name, offset):
    return np.frombuffer(open(f"{folder}/{name}", "rb").read(), dtype=np.uint8)[offset:].copy()


folder, rows = sys.argv[1], int(sys.argv[2])
IMAGES = read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 784)[:rows]
LABELS = read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int32)
TOKEN_ROWS, STEPS, VOCABULARY, WIDTH, HEADS, CLASSES = 4096, 64, 1000, 64, 4, 10


def images(*shape):
    inputs = keras.Input(shape, dtype="uint8")
    return inputs, layers.Rescaling(1 / 255)(inputs)


def chain(start, *stack):
    inputs, x = start
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x)


def mlp():
    return chain(
        images(784),
        layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(128, "relu"), layers.Dropout(0.2), layers.Dense(10),
    )


def cnn():
    return chain(
        images(28, 28, 1),
        layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dropout(0.5), layers.Dense(10),
    )


def conv(filters, size, strides):
    return layers.Conv2D(
        filters, size, strides, "same", use_bias=False, kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(1e-4),
    )


def residual(x, filters, strides):
    y = layers.ReLU()(layers.BatchNormalization()(conv(filters, 3, strides)(x)))
    y = layers.BatchNormalization()(conv(filters, 3, 1)(y))
    if strides != 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(conv(filters, 1, strides)(x))
    return layers.ReLU()(layers.add([y, x]))


def resnet8():
    inputs, x = images(28, 28, 1)
    x = layers.ReLU()(layers.BatchNormalization()(conv(16, 3, 1)(x)))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        x = residual(x, filters, strides)
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def recurrent(cell, units):
    return chain(images(28, 28), cell(units), layers.Dropout(0.2), layers.Dense(10))


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform")

    def call(self, x):
        return x + self.table


def bert():
    inputs = keras.Input((STEPS,), dtype="int32")
    x = Positions()(layers.Embedding(VOCABULARY, WIDTH)(inputs))
    x = layers.Dropout(0.1)(layers.LayerNormalization(epsilon=1e-6)(x))
    for _ in range(2):
        attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=0.1)(x, x)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, layers.Dropout(0.1)(attended)]))
        narrow = layers.Dense(WIDTH)(layers.Dense(4 * WIDTH, "gelu")(x))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, layers.Dropout(0.1)(narrow)]))
    return keras.Model(inputs, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


NETWORKS = {
    "mlp": mlp,
    "cnn": cnn,
    "resnet8": resnet8,
    "lstm64": lambda: recurrent(layers.LSTM, 64),
    "lstm128": lambda: recurrent(layers.LSTM, 128),
    "gru64": lambda: recurrent(layers.GRU, 64),
    "gru128": lambda: recurrent(layers.GRU, 128),
    "bert": bert,
}


class Trainer:
    def __init__(self, network, optimizer, form, batch):
        keras.utils.set_random_seed(0)
        self.net = NETWORKS[network]()
        self.kind = keras.optimizers.Adam() if optimizer == "adam" else keras.optimizers.SGD(0.01, momentum=0.9)
        self.form, self.batch = form, batch
        self.fitted = 0
        if network == "bert":
            draw = np.random.default_rng(0)
            self.x = draw.integers(0, VOCABULARY, (TOKEN_ROWS, STEPS), dtype=np.int32)
            self.y = draw.integers(0, CLASSES, TOKEN_ROWS, dtype=np.int32)
        else:
            self.x, self.y = IMAGES.reshape(-1, *self.net.input_shape[1:]), LABELS

    def fit(self, steps):
        self.net.fit(self.x[: self.batch * steps], self.y[: self.batch * steps], batch_size=self.batch, verbose=0)

    def run(self, steps):
        if self.fitted != steps:
            self.net.compile(
                self.kind, keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                jit_compile=True if self.form == "compiled" else "auto",
                steps_per_execution=1 if self.form == "installed" else steps,
            )
            self.fitted = steps
            self.fit(steps)
        cpu, begun = time.process_time(), time.perf_counter()
        self.fit(steps)
        wall, used = time.perf_counter() - begun, time.process_time() - cpu
        return {"ms": wall * 1000 / steps, "cpu": used * 1000 / steps}


trainers = {}
print(json.dumps({"version": f"Keras {keras.__version__} on TensorFlow {tf.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["network"], request["optimizer"], request["form"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps(trainers[key].run(request["steps"])), flush=True)
