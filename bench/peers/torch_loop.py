"""Plain PyTorch training loops (what a user would pick instead): eager, or compiled with TORCH_COMPILE=1."""
import os

from common import THREADS, characters, emit, main, mnist, timed, version

import torch
import torch.nn as nn
import torch.nn.functional as F

COMPILE = bool(os.environ.get("TORCH_COMPILE"))
PEER, VERSION = ("torch-compile" if COMPILE else "torch"), version("torch")
torch.set_num_threads(THREADS)
trace = torch.compile if COMPILE else (lambda m: m)


def result(workload, value, unit, layout=""):
    emit(workload, PEER + layout, value, unit, version=VERSION)


def fit(m, opt, loss, x, y, batch):
    m.train()
    for i in range(0, len(x) - batch + 1, batch):
        opt.zero_grad(set_to_none=True)
        l = loss(m(x[i : i + batch]), y[i : i + batch])
        l.backward()
        opt.step()


def mlp(batch=32):
    x, y = map(torch.tensor, mnist())
    y = y.long()
    m = trace(nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10)))
    o = torch.optim.SGD(m.parameters(), 0.01)
    s = timed(lambda: fit(m, o, F.cross_entropy, x, y, batch), 1, 5)
    result(f"mlp_fit_b{batch}", 10000 // batch * batch / s, "samples/s")
    with torch.no_grad():
        s = timed(lambda: [m(x[i : i + batch]) for i in range(0, 10000, batch)], 1, 5)
        result(f"mlp_predict_b{batch}", 10000 / s, "samples/s")
        one = x[:1]
        s = timed(lambda: [m(one) for _ in range(200)], 1, 5) / 200
        result("mlp_call_one", s * 1e6, "us/call")


def cnn(batch=128):
    x, y = mnist()
    x, y = torch.tensor(x.reshape(-1, 1, 28, 28)[:5120]), torch.tensor(y[:5120]).long()
    m = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(1600, 10),
    )
    for layout in ("-nchw", "-nhwc"):
        if layout == "-nhwc":
            m = m.to(memory_format=torch.channels_last)
            x = x.contiguous(memory_format=torch.channels_last)
        o = torch.optim.Adam(m.parameters())
        n = trace(m)
        s = timed(lambda: fit(n, o, F.cross_entropy, x, y, batch), 1, 3)
        result(f"cnn_fit_b{batch}", len(x) / s, "samples/s", layout)
        n.eval()
        with torch.no_grad():
            s = timed(lambda: [n(x[i : i + batch]) for i in range(0, len(x), batch)], 1, 3)
            result(f"cnn_predict_b{batch}", len(x) / s, "samples/s", layout)


class CharLstm(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.embedding = nn.Embedding(letters, 64)
        self.lstm = nn.LSTM(64, 128, batch_first=True)
        self.out = nn.Linear(128, letters)

    def forward(self, a):
        return self.out(self.lstm(self.embedding(a))[0])


class Block(nn.Module):
    """One block of a transformer with the normalization before attention and before the two dense layers."""

    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.p = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.f1, self.f2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, h):
        b, t, d = h.shape
        q, k, v = self.qkv(self.n1(h)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.p(a.transpose(1, 2).reshape(b, t, d))
        return h + self.f2(F.gelu(self.f1(self.n2(h))))


def text(workload, model, T, n, batch):
    x, y, letters = characters(T, n)
    x, y = torch.tensor(x).long(), torch.tensor(y).long()
    m = trace(model(letters))
    o = torch.optim.Adam(m.parameters())
    loss = lambda p, t: F.cross_entropy(p.reshape(-1, letters), t.reshape(-1))
    s = timed(lambda: fit(m, o, loss, x, y, batch), 1, 3)
    result(workload, x.numel() / s, "tokens/s")


def lstm(batch=64, T=64):
    text(f"charlstm_fit_b{batch}", CharLstm, T, 2048, batch)


def transformer(batch=32, T=128, d=128, heads=4, depth=2):
    def model(letters):
        blocks = [Block(d, heads) for _ in range(depth)]
        return nn.Sequential(nn.Embedding(letters, d), *blocks, nn.LayerNorm(d), nn.Linear(d, letters))

    text(f"chartransformer_fit_b{batch}", model, T, 512, batch)


def gemm():
    for n in (256, 512, 1024, 2048):
        a, b = torch.randn(n, n), torch.randn(n, n)
        r = max(1, int(2e9 / (2 * n**3)))
        s = timed(lambda: [a @ b for _ in range(r)], 1, 7) / r
        result(f"gemm_{n}", 2 * n**3 / s / 1e9, "GFLOP/s")
    a, b = torch.randn(32, 784), torch.randn(784, 512)
    s = timed(lambda: [a @ b for _ in range(100)], 1, 7) / 100
    result("gemm_32x784x512", 2 * 32 * 784 * 512 / s / 1e9, "GFLOP/s")


def copy():
    x = torch.randn(1 << 26)
    y = torch.empty_like(x)
    s = timed(lambda: y.copy_(x), 1, 5)
    result("copy_256MB", 2 * x.numel() * 4 / s / 1e9, "GB/s")


main(
    {
        "gemm": (gemm, ["gemm_256", "gemm_512", "gemm_1024", "gemm_2048", "gemm_32x784x512"]),
        "copy": (copy, ["copy_256MB"]),
        "mlp": (mlp, ["mlp_fit_b32", "mlp_predict_b32", "mlp_call_one"]),
        "cnn": (cnn, ["cnn_fit_b128", "cnn_predict_b128"]),
        "lstm": (lstm, ["charlstm_fit_b64"]),
        "transformer": (transformer, ["chartransformer_fit_b32"]),
    }
)
