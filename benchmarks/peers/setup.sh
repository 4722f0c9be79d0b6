#!/bin/sh
# Installs the libraries that benchmarks compare with, beside this file: sh benchmarks/peers/setup.sh
# PyTorch comes with its GPU libraries, some 5 GB, whether or not there is a GPU.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
# HEBO asks for an old Matplotlib that no longer builds; it runs without.
.venv/bin/pip install --quiet --no-deps hebo==0.3.6 disjoint-set==0.9.0 pymoo==0.6.0 GPy==1.15.0 catboost==1.2.10
python3 -m venv .venv-pre
.venv-pre/bin/pip install --quiet --requirement requirements-pre.txt
