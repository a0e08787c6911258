#!/usr/bin/env bash
# Times undertone against piper, whole processes, on the spoken sentences of one script: the same text, voice and speed.
#
#   benches/against-piper.sh [PAIRS]
#
# PAIRS       runs of each, in turn, after one of each that is not counted (5)
# PIPER       the piper to run; when unset, PyPI's piper-tts is installed in engines/piper
# UNDERTONE   the undertone to run; when unset, the release build, which is made first
# SCRIPT      the script whose sentences are spoken (scripts/earned-security.md)
# PACE        the speed, 1 is the voice's own (1)
set -euo pipefail
export LC_ALL=C

cd "$(dirname "${BASH_SOURCE[0]}")/.."
pairs=${1:-5}
script=${SCRIPT:-scripts/earned-security.md}
pace=${PACE:-1}
voice=voices/en_US-joe-medium/en_US-joe-medium.onnx
[[ $pairs =~ ^[1-9][0-9]*$ ]] || { echo "PAIRS is '$pairs'; write a number from 1 on" >&2; exit 2; }

if [[ -z ${UNDERTONE:-} ]]; then
    cargo build --release --locked --quiet
    UNDERTONE=${CARGO_TARGET_DIR:-target}/release/undertone
fi
if [[ -z ${PIPER:-} ]]; then
    PIPER=engines/piper/bin/piper
    if [[ ! -x $PIPER ]]; then
        python3 -m venv engines/piper
        engines/piper/bin/python -m pip install --quiet piper-tts
    fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One sentence a line for piper; for undertone one a paragraph, with a tenth of a second between them. What would be a
# direction or markup in a script is not among spoken sentences.
"$UNDERTONE" plan "$script" --no-input --json > "$work/plan.json"
python3 - "$work" "$voice" "$pace" <<'PYTHON'
import json, pathlib, sys
work, voice = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve().parent
cues = json.loads((work / "plan.json").read_text())["cues"]
lines = [" ".join(cue["text"].split()) for cue in cues if cue["kind"] == "speech"]
(work / "text").write_text("".join(line + "\n" for line in lines))
front = f"---\nvoice: {json.dumps(str(voice))}\npauses: {{ sentence: 0.1s, paragraph: 0.1s }}\n---\n"
(work / "script.md").write_text(front + "".join(f"\n{line}\n" for line in lines))
print(f"{len(lines)} sentences, {sum(len(line.split()) for line in lines)} words, pace {sys.argv[3]}")
PYTHON
length_scale=$(awk -v pace="$pace" 'BEGIN { print 1 / pace }')

run_piper() {
    "$PIPER" -m "$voice" -f "$work/piper.wav" --length-scale "$length_scale" < "$work/text" 2> "$work/piper.log" ||
        { cat "$work/piper.log" >&2; return 1; }
}
run_undertone() {
    "$UNDERTONE" render "$work/script.md" --no-cache --no-bed --no-input --pace "$pace" --json -o "$work/undertone.wav" \
        > "$work/undertone.json"
}
# Seconds that a command takes.
seconds() {
    local began=$EPOCHREALTIME
    "$@"
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}

seconds run_piper > /dev/null
seconds run_undertone > /dev/null
: > "$work/pairs"
for ((i = 1; i <= pairs; i++)); do
    # Who goes first changes from pair to pair.
    if ((i % 2)); then
        p=$(seconds run_piper)
        u=$(seconds run_undertone)
    else
        u=$(seconds run_undertone)
        p=$(seconds run_piper)
    fi
    echo "$p $u" | tee -a "$work/pairs" | awk -v i="$i" '{ printf "pair %d: piper %.2f s, undertone %.2f s, ratio %.2f\n", i, $1, $2, $1 / $2 }'
done

python3 - "$work" <<'PYTHON'
import json, pathlib, statistics, sys, wave
work = pathlib.Path(sys.argv[1])
with wave.open(str(work / "piper.wav")) as file:
    theirs = file.getnframes() / file.getframerate()
ours = json.loads((work / "undertone.json").read_text())["speech_s"]
pairs = [tuple(map(float, line.split())) for line in (work / "pairs").read_text().splitlines()]
ratios = sorted(piper / undertone for piper, undertone in pairs)
print(f"speech: piper {theirs:.1f} s, undertone {ours:.1f} s without the silence at the ends of sentences")
for name, times, speech in (("piper", [p for p, _ in pairs], theirs), ("undertone", [u for _, u in pairs], ours)):
    median = statistics.median(times)
    print(f"{name}: median {median:.2f} s, {min(times):.2f} to {max(times):.2f}, {speech / median:.1f} times real time")
print(f"ratio piper / undertone: median {statistics.median(ratios):.2f}, {ratios[0]:.2f} to {ratios[-1]:.2f}")
if abs(ours / theirs - 1) > 0.1:
    sys.exit("the two did not speak for the same time: they cannot be compared")
PYTHON
if command -v lscpu > /dev/null; then
    lscpu | awk -F: '/^Model name/ { gsub(/^ +/, "", $2); print "machine: " $2 }'
fi
echo "cores: $(getconf _NPROCESSORS_ONLN)"
