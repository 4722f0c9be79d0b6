"""Training steps of the convolutional networks with PyTorch on one thread, the same work as in cnn.ts and resnet8.ts.

Started with the folder of the MNIST files and the number of rows. Reads one JSON request a line ({"network",
"optimizer", "form", "batch", "steps"}), answers with one line ({"ms": time of one step}). Forms: "installed", and
"best": channels last, foreach optimizer; "fused": channels last, fused optimizer; "compiled": torch.compile over
channels last, fused optimizer.
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
X = torch.from_numpy(read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)[:rows].copy())
Y = torch.from_numpy(read(folder, "train-labels-idx1-ubyte", 8)[:rows].astype(np.int64))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(800, 10),
    )


class Residual(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01),
        )
        self.short = nn.Identity()
        if stride != 1 or channels != filters:
            self.short = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)
            )

    def forward(self, x):
        return torch.relu(self.main(x) + self.short(x))


def resnet8():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16, eps=1e-3, momentum=0.01), nn.ReLU(),
        Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


NETWORKS = {"cnn": cnn, "resnet8": resnet8}
# The penalty 1e-4 * sum of squares is a decay of 2e-4.
DECAY = {"cnn": 0, "resnet8": 2e-4}


def optimizer_of(kind, form, parameters, decay):
    speed = {"installed": {}, "best": {"foreach": True}, "fused": {"fused": True}, "compiled": {"fused": True}}[form]
    if kind == "adam":
        return torch.optim.Adam(parameters, eps=1e-7, weight_decay=decay, **speed)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=decay, **speed)


class Trainer:
    def __init__(self, network, optimizer, form, batch):
        torch.manual_seed(0)
        self.net = NETWORKS[network]()
        self.layout = torch.contiguous_format if form == "installed" else torch.channels_last
        self.net = self.net.to(memory_format=self.layout)
        # Kernels are penalized; biases, gamma and beta are not.
        kernels = [p for p in self.net.parameters() if p.ndim > 1]
        others = [p for p in self.net.parameters() if p.ndim == 1]
        groups = [{"params": kernels, "weight_decay": DECAY[network]}, {"params": others}]
        self.optimizer = optimizer_of(optimizer, form, groups, 0)
        self.call = torch.compile(self.net) if form == "compiled" else self.net
        self.loss = nn.CrossEntropyLoss()
        self.batch = batch
        self.order = torch.randperm(rows)
        self.at = 0

    def run(self, steps):
        losses = []
        begun = time.perf_counter()
        for _ in range(steps):
            if self.at + self.batch > rows:
                self.order, self.at = torch.randperm(rows), 0
            index = self.order[self.at : self.at + self.batch]
            self.at += self.batch
            x = X.index_select(0, index).float().mul_(1 / 255).contiguous(memory_format=self.layout)
            y = Y.index_select(0, index)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.call(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).tolist()
        return (time.perf_counter() - begun) * 1000 / steps


trainers = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["network"], request["optimizer"], request["form"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps({"ms": trainers[key].run(request["steps"])}), flush=True)
