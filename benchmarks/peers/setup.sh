#!/bin/sh
# Installs the libraries that benchmarks compare with, beside this file: sh benchmarks/peers/setup.sh
# PyTorch comes with its GPU libraries, some 5 GB, whether or not there is a GPU.
# HEBO 0.3.6 is not among them: it does not install with the Python and NumPy of the others.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
python3 -m venv .venv-pre
.venv-pre/bin/pip install --quiet --requirement requirements-pre.txt
