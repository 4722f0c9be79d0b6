#!/bin/sh
# Computes what is missing in benchmarks/search/tables: sh benchmarks/peers/search-tables.sh
# Needs setup.sh and LUTHIER_BENCH_DATA. Cheap samplers first; hours in all, and it may be stopped and started again.
set -eu
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
run() { .venv/bin/python search_peers.py "$@"; }
for suite in tabular lcbench iaml_glmnet nb301 rbv2_xgboost tabular_noisy bbob evalset conditional; do
  run $suite --samplers optuna-default,optuna-random --trials 200
done
run bbob --samplers optuna-cmaes --trials 200
for suite in tabular lcbench iaml_glmnet nb301 rbv2_xgboost bbob evalset; do
  run $suite --samplers optuna-tpe-independent,optuna-tpe-multivariate,hyperopt-tpe --trials 200
  run $suite --samplers optuna-gp --trials 100
done
# Hyperopt knows no conditions on numbers.
run conditional --samplers optuna-tpe-independent,optuna-tpe-multivariate --trials 200
run lesson --samplers optuna-default,optuna-random,hyperopt-tpe,keras-tuner-bayesian --trials 100 --seeds 4
# Several seconds a suggestion: a part of the tasks.
for suite in tabular lcbench bbob; do
  run $suite --samplers smac-hpo,skopt-gp,ax-default,hebo --trials 100 --every 5
done
.venv-pre/bin/python search_peers.py tabular --samplers optuna-default --trials 200
