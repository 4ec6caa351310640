#!/usr/bin/env bash
# What `action.yml` runs: one check, written as SARIF and, if wanted, as annotations. Reads SPANLINT_* variables; writes `sarif` and
# `code` to GITHUB_OUTPUT. Fails only if the check itself does.
set -euo pipefail

# A program that is installed counts first, then one that was kept from an earlier run.
root="${RUNNER_TEMP:-/tmp}/spanlint"
export PATH="$PATH:$root/bin"
command -v spanlint >/dev/null || cargo install --quiet --locked --path "$SPANLINT_SOURCE" --root "$root"

sarif="${SPANLINT_SARIF:-spanlint.sarif}"
arguments=()
while IFS= read -r option; do
  [[ -z "$option" ]] || arguments+=("$option")
done <<<"${SPANLINT_OPTIONS:-}"
[[ -z "${SPANLINT_SINCE:-}" ]] || arguments+=("--since=$SPANLINT_SINCE")
[[ -z "${SPANLINT_BASELINE:-}" ]] || arguments+=("--baseline=$SPANLINT_BASELINE")
paths=()
while IFS= read -r path; do
  [[ -z "$path" ]] || paths+=("$path")
done <<<"${SPANLINT_PATHS:-}"

# An option can't be told from a path that looks like one, so paths come last and after `--`.
check() {
  spanlint check "$@" ${arguments[@]+"${arguments[@]}"} -- ${paths[@]+"${paths[@]}"}
}

code=0
check --format sarif --output "$sarif" || code=$?
[[ "$code" -le 1 ]] || exit "$code"
if [[ "${SPANLINT_ANNOTATIONS:-true}" == true ]]; then
  check --format github || [[ $? -eq 1 ]]
fi
{
  echo "sarif=$sarif"
  echo "code=$code"
} >>"$GITHUB_OUTPUT"
