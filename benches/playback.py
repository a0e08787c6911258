#!/usr/bin/env python3
"""Measures live playback on a sound server of its own: PulseAudio with a null sink, whose monitor is recorded.

    benches/playback.py starts [COUNT]    how long it takes to the first sample, and to the first word, cold and warm
    benches/playback.py gaps [MINUTES]    silences in a cold session that has a bed all along, and the processor time of playing it again

Needs pulseaudio, parec, ALSA's plugin for PulseAudio, numpy, and target/release/undertone; $UNDERTONE names another program."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("UNDERTONE", str(ROOT / "target/release/undertone"))
RATE = 48_000

SCRIPT = """---
beds: { rain: { recipe: night-rain, level: -12dB } }
mix: { fade_in: 0s }
---
[bed rain]
Notice where something solid is holding you, and let it hold you for a while. [pause 2s] And breathe in, slowly and gently,
as if you had all the time that there is.

Security can be earned. It is never too late for it, and every small moment of being held counts.
"""

LONG = SCRIPT.replace("[bed rain]\n", "[bed rain]\n[repeat 60]\n") + "[pause 4s]\nThis is time {{n}} of being held.\n[end]\n"


class Server:
    """A sound server with a null sink, and a recording of all that it plays."""

    def __init__(self, folder):
        self.env = dict(
            os.environ,
            PULSE_SERVER=f"unix:{folder}/sock",
            HOME=str(folder),
            XDG_RUNTIME_DIR=str(folder),
            UNDERTONE_STATE=f"{folder}/state",
            UNDERTONE_VOICES=str(ROOT / "voices"),
            UNDERTONE_AMBIENCE=str(ROOT / "ambience"),
        )
        (folder / "server.pa").write_text(
            f"load-module module-native-protocol-unix socket={folder}/sock auth-anonymous=1\n"
            f"load-module module-null-sink sink_name=test rate={RATE} format=s16le channels=2\n"
            "set-default-sink test\n"
        )
        # By default the system ends it when its real-time threads stand in a busy machine's way.
        (folder / ".config/pulse").mkdir(parents=True)
        (folder / ".config/pulse/daemon.conf").write_text("rlimit-rttime = -1\n")
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F", str(folder / "server.pa")]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(["pulseaudio", *options], env=self.env, **quiet)
        time.sleep(1.5)
        what = ["-d", "test.monitor", "--format=s16le", f"--rate={RATE}", "--channels=2", "--latency-msec=5"]
        self.recorder = subprocess.Popen(["parec", *what], env=self.env, stdout=subprocess.PIPE)
        self.blocks, self.arrivals = [], []
        threading.Thread(target=self.record, daemon=True).start()
        # An idle server needs a moment until it is awake.
        time.sleep(4)

    def record(self):
        count = 0
        while block := os.read(self.recorder.stdout.fileno(), 1 << 16):
            self.blocks.append(block)
            count += len(block) // 4
            self.arrivals.append((time.monotonic(), count))

    def play(self, script, cache):
        command = [PROGRAM, "play", str(script), "--no-input", "--json"]
        env = dict(self.env, UNDERTONE_CACHE=str(cache))
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self):
        """All frames, and the time at which the first was played: of a frame that came early it is known best."""
        self.recorder.terminate()
        self.server.terminate()
        time.sleep(0.3)
        sound = b"".join(self.blocks)
        frames = np.frombuffer(sound[: len(sound) // 4 * 4], dtype="<i2").reshape(-1, 2)
        return frames, min(at - count / RATE for at, count in self.arrivals)


def starts(folder, count):
    server = Server(folder)
    script = folder / "s.md"
    script.write_text(SCRIPT)
    begun = {"cold": [], "warm": []}
    said = {}
    for kind, times in begun.items():
        for _ in range(count + (kind == "warm")):
            cache = folder / "cache"
            if kind == "cold":
                shutil.rmtree(cache, ignore_errors=True)
            times.append(time.monotonic())
            player = server.play(script, cache)
            if len(times) == 1 and kind == "warm":
                # Warm is what was heard to its end before.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    player.wait(90)
                print("a session ends by itself" if player.poll() == 0 else f"a session does not end: {player.poll()}")
            else:
                time.sleep(2.2)
            player.send_signal(signal.SIGTERM)
            _, error = player.communicate()
            said[times[-1]] = f"exit {player.returncode}: {error.strip()}"
            time.sleep(0.6)
    ended = server.server.poll()
    frames, zero = server.end()
    level = np.abs(frames.astype(int)).max(1)
    for kind, times in begun.items():
        first, word, stumbles = [], [], 0
        for at in times[kind == "warm" :]:
            heard = level[int((at - zero) * RATE) :][: 2 * RATE]
            if not (heard > 1000).any():
                state = "runs" if ended is None else f"ended with {ended}"
                print(f"{kind}: no word was heard in two seconds; {said[at]}; the sound server {state}")
                continue
            first.append(np.flatnonzero(heard)[0] * 1000 / RATE)
            # The bed stays under 1,000 of 32,768; the first vowel does not.
            stumbles += (np.diff(np.flatnonzero(heard)) > RATE // 2000).any()
            word.append(np.flatnonzero(heard > 1000)[0] * 1000 / RATE)
        if not first:
            continue
        print(f"{kind}: {stumbles} of {len(first)} have a silence of more than 0.5 ms in what is heard of two seconds")
        for name, times_of in (("first sample", first), ("first word", word)):
            shown = " ".join(f"{time:.0f}" for time in times_of)
            print(f"{kind}, {name}: median {np.median(times_of):.0f} ms, {min(times_of):.0f} to {max(times_of):.0f}; in turn {shown}")


def gaps(folder, minutes):
    server = Server(folder)
    script = folder / "s.md"
    script.write_text(LONG)
    for kind in ("cold", "warm"):
        begin = len(server.blocks)
        player = server.play(script, folder / "cache")
        time.sleep(60 * minutes if kind == "cold" else 60)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        player.send_signal(signal.SIGTERM)
        said, error = player.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sound = b"".join(server.blocks[begin:])
        heard = np.flatnonzero(np.frombuffer(sound[: len(sound) // 4 * 4], dtype="<i2").reshape(-1, 2).any(1))
        if not heard.size:
            print(f"{kind}: nothing was heard; exit {player.returncode}: {error.strip()}; the sound server's end: {server.server.poll()}")
            continue
        found = np.flatnonzero(np.diff(heard) > RATE // 2000)
        silent = [(heard[i] - heard[0], heard[i + 1] - heard[i] - 1) for i in found]
        seconds = (heard[-1] - heard[0]) / RATE
        print(f"{kind}: {seconds:.0f} s played; silences of more than 0.5 ms: {len(silent)}; {spent:.1f} s of processor time")
        for at, length in silent[:20]:
            print(f"    {1000 * length / RATE:.1f} ms after {at / RATE:.2f} s")
        print(said[said.find("{") :].strip())
    server.end()


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    most = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as made:
        if what == "starts":
            starts(Path(made), int(most or 20))
        elif what == "gaps":
            gaps(Path(made), most or 10)
        else:
            sys.exit(__doc__)
