#!/usr/bin/env bash
# Says what `action.yml` keeps for later runs: the program that is built from these sources. Writes `root`, where it is put, and
# `key`, the name of the sources, to GITHUB_OUTPUT.
set -euo pipefail

cd "$SPANLINT_SOURCE"
files=$(find Cargo.toml Cargo.lock src rules -type f | LC_ALL=C sort)
key=$(git hash-object --no-filters --stdin-paths <<<"$files" | git hash-object --stdin)
{
  echo "root=${RUNNER_TEMP:-/tmp}/spanlint"
  echo "key=$key"
} >>"$GITHUB_OUTPUT"
