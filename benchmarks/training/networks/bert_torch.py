"""Training steps of a tiny BERT (networks/bert.ts) with PyTorch on one thread.

Same protocol as torch_step.py, on tokens drawn from a seed: {"optimizer", "batch", "steps"}, answered by {"ms": ...}.
"compile" before the optimizer, as in "compile adam fused", uses torch.compile.
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
ROWS, STEPS, VOCABULARY, WIDTH, HEADS, CLASSES = 4096, 64, 1000, 64, 4, 10
torch.manual_seed(0)
X = torch.randint(0, VOCABULARY, (ROWS, STEPS))
Y = torch.randint(0, CLASSES, (ROWS,))


def optimizer_of(name, parameters):
    kind, *modes = name.split()
    modes = {mode: True for mode in modes}
    if kind == "adam":
        return torch.optim.Adam(parameters, eps=1e-7, **modes)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, **modes)


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


class Trainer:
    def __init__(self, name, batch):
        torch.manual_seed(0)
        compiled = name.startswith("compile ")
        net = Bert()
        self.optimizer = optimizer_of(name.removeprefix("compile "), net.parameters())
        self.net = torch.compile(net) if compiled else net
        self.loss = nn.CrossEntropyLoss()
        self.batch = batch
        self.order = torch.randperm(ROWS)
        self.at = 0

    def run(self, steps):
        losses = []
        begun = time.perf_counter()
        for _ in range(steps):
            if self.at + self.batch > ROWS:
                self.order, self.at = torch.randperm(ROWS), 0
            index = self.order[self.at : self.at + self.batch]
            self.at += self.batch
            x, y = X.index_select(0, index), Y.index_select(0, index)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.net(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).tolist()
        return (time.perf_counter() - begun) * 1000 / steps


trainers = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["optimizer"], request["batch"])
    if key not in trainers:
        trainers[key] = Trainer(*key)
    print(json.dumps({"ms": trainers[key].run(request["steps"])}), flush=True)
