"""Training steps of the networks of benchmarks/training/networks with PyTorch on one thread.

Started by benchmarks/training/training.ts with the folder of the MNIST files and the number of rows. Reads one JSON
request a line ({"network", "optimizer", "form", "batch", "steps"}), answers with one line ({"ms": wall time of a step,
"cpu": processor time of all threads}). Forms: "installed"; "foreach" and "fused": that optimizer, images channels last;
"compiled": torch.compile, fused optimizer, images channels last.
"""

import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
nn = torch.nn


def read(folder, name, offset):
    return np.frombuffer(open(f"{folder}/{name}", "rb").read(), dtype=np.uint8)[offset:].copy()


folder, rows = sys.argv[1], int(sys.argv[2])
IMAGES = torch.from_numpy(read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 784)[:rows].copy())
LABELS = torch.from_numpy(read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int64))
TOKEN_ROWS, STEPS, VOCABULARY, WIDTH, HEADS, CLASSES = 4096, 64, 1000, 64, 4, 10


def mlp():
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(800, 10),
    )


def norm(filters):
    return nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)


class Residual(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), norm(filters), nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), norm(filters),
        )
        self.short = nn.Identity()
        if stride != 1 or channels != filters:
            self.short = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), norm(filters))

    def forward(self, x):
        return torch.relu(self.main(x) + self.short(x))


def resnet8():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), norm(16), nn.ReLU(),
        Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


class Recurrent(nn.Module):
    """torch.nn.LSTM has a second bias, which costs it nothing: the two are added before its kernel runs."""

    def __init__(self, cell, units):
        super().__init__()
        self.recurrent = cell(28, units, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(units, 10)

    def forward(self, x):
        sequence, _ = self.recurrent(x)
        return self.dense(self.dropout(sequence[:, -1]))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Parameter(torch.randn(1, STEPS, WIDTH) * 0.02)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        self.drop = nn.Dropout(0.1)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, HEADS, 4 * WIDTH, dropout=0.1, activation="gelu", batch_first=True, layer_norm_eps=1e-6
            )
            for _ in range(2)
        )
        for block in self.blocks:
            # As in networks/bert.ts: none between the two dense layers of a block.
            block.dropout = nn.Identity()
        self.classes = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        y = self.drop(self.norm(self.tokens(x) + self.positions))
        for block in self.blocks:
            y = block(y)
        return self.classes(y.mean(1))


class Kind:
    """A network, the shape of a sample (None: tokens), and its decay: a penalty 1e-4 * sum of squares is one of 2e-4."""

    def __init__(self, build, shape, decay=0):
        self.build, self.shape, self.decay = build, shape, decay


KINDS = {
    "mlp": Kind(mlp, (784,)),
    "cnn": Kind(cnn, (1, 28, 28)),
    "resnet8": Kind(resnet8, (1, 28, 28), 2e-4),
    "lstm64": Kind(lambda: Recurrent(nn.LSTM, 64), (28, 28)),
    "lstm128": Kind(lambda: Recurrent(nn.LSTM, 128), (28, 28)),
    "gru64": Kind(lambda: Recurrent(nn.GRU, 64), (28, 28)),
    "gru128": Kind(lambda: Recurrent(nn.GRU, 128), (28, 28)),
    "bert": Kind(Bert, None),
}


def optimizer_of(name, form, net, decay):
    speed = {"installed": {}, "foreach": {"foreach": True}, "fused": {"fused": True}, "compiled": {"fused": True}}[form]
    parameters = list(net.parameters())
    if decay > 0:
        # Kernels of convolutions are penalized; the dense layer, beta and gamma are not.
        kernels = [p for p in parameters if p.ndim == 4]
        parameters = [{"params": kernels, "weight_decay": decay}, {"params": [p for p in parameters if p.ndim < 4]}]
    if name == "adam":
        return torch.optim.Adam(parameters, eps=1e-7, **speed)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, **speed)


class Trainer:
    def __init__(self, network, optimizer, form, batch):
        torch.manual_seed(0)
        self.kind = KINDS[network]
        net = self.kind.build()
        images = self.kind.shape is not None and len(self.kind.shape) == 3
        self.layout = torch.channels_last if images and form != "installed" else torch.contiguous_format
        net = net.to(memory_format=self.layout)
        self.optimizer = optimizer_of(optimizer, form, net, self.kind.decay)
        self.net = torch.compile(net) if form == "compiled" else net
        self.loss = nn.CrossEntropyLoss()
        self.batch = batch
        if self.kind.shape is None:
            self.x = torch.randint(0, VOCABULARY, (TOKEN_ROWS, STEPS))
            self.y = torch.randint(0, CLASSES, (TOKEN_ROWS,))
        else:
            self.x, self.y = IMAGES.reshape(-1, *self.kind.shape), LABELS
        self.order = torch.randperm(len(self.y))
        self.at = 0

    def next(self):
        if self.at + self.batch > len(self.order):
            self.order, self.at = torch.randperm(len(self.order)), 0
        index = self.order[self.at : self.at + self.batch]
        self.at += self.batch
        x, y = self.x.index_select(0, index), self.y.index_select(0, index)
        if self.kind.shape is None:
            return x, y
        return x.float().mul_(1 / 255).contiguous(memory_format=self.layout), y

    def run(self, steps):
        losses = []
        cpu, begun = time.process_time(), time.perf_counter()
        for _ in range(steps):
            x, y = self.next()
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.net(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).tolist()
        wall, used = time.perf_counter() - begun, time.process_time() - cpu
        return {"ms": wall * 1000 / steps, "cpu": used * 1000 / steps}


trainers = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["network"], request["optimizer"], request["form"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps(trainers[key].run(request["steps"])), flush=True)
