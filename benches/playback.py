#!/usr/bin/env python3
"""Measures live playback on a sound server of its own: PulseAudio with a null sink, whose monitor is recorded.

    benches/playback.py starts [COUNT]    how long it takes to the first sample, and to the first word, cold and warm
    benches/playback.py gaps [MINUTES]    silences in a cold session that has a bed all along, and the processor time of playing it again
    benches/playback.py keys              the largest step from sample to sample that each key makes in a tone, and an end by a signal
    benches/playback.py lost              a device that goes and comes back, twice: what is said, and where playing goes on

Needs pulseaudio, parec, pactl, ALSA's plugin for PulseAudio, numpy, and target/release/undertone; $UNDERTONE names another program."""

import contextlib
import fcntl
import itertools
import os
import pty
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import wave
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


# Chapters of nothing but a tone, in which every step is one of the player's.
TONE = """---
beds: { tone: { file: tone.wav, level: -3dB } }
mix: { fade_in: 0s }
---
# One
[bed tone]
[pause 40s]
# Two
[pause 40s]
# Three
[pause 60s]
"""
KEYS = {
    "space": " ",
    "space again": " ",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "next chapter": ".",
    "chapter before": ",",
    "shift and right": "\x1b[1;2C",
    "chapter again": "r",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "bed louder": "]",
    "bed softer": "[",
    "bed silent": "m",
    "bed back": "m",
    "sleep timer": "s",
    "keep the place": "b",
    "help": "?",
    "help closed": "?",
    "quit": "q",
}


class Recording:
    """All that one sink plays, as it plays it."""

    def __init__(self, env, sink):
        what = ["-d", f"{sink}.monitor", "--format=s16le", f"--rate={RATE}", "--channels=2", "--latency-msec=5"]
        self.recorder = subprocess.Popen(["parec", *what], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.blocks, self.arrivals = [], []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        count = 0
        while block := os.read(self.recorder.stdout.fileno(), 1 << 16):
            self.blocks.append(block)
            count += len(block) // 4
            self.arrivals.append((time.monotonic(), count))

    def frames(self, begin=0):
        """What was played since this block, as frames of two samples of 16 bits."""
        sound = b"".join(self.blocks[begin:])
        return np.frombuffer(sound[: len(sound) // 4 * 4], dtype="<i2").reshape(-1, 2)

    def zero(self):
        """The time at which the first frame was played: of a frame that came early it is known best."""
        return min(at - count / RATE for at, count in self.arrivals)

    def end(self):
        self.recorder.terminate()
        self.reader.join(2)


class Server:
    """A sound server with null sinks, each of which is recorded."""

    def __init__(self, folder):
        self.env = dict(
            os.environ,
            PULSE_SERVER=f"unix:{folder}/sock",
            HOME=str(folder),
            XDG_RUNTIME_DIR=str(folder),
            TERM="xterm-256color",
            UNDERTONE_STATE=f"{folder}/state",
            UNDERTONE_CACHE=f"{folder}/cache",
            UNDERTONE_VOICES=str(ROOT / "voices"),
            UNDERTONE_AMBIENCE=str(ROOT / "ambience"),
        )
        (folder / "server.pa").write_text(f"load-module module-native-protocol-unix socket={folder}/sock auth-anonymous=1\n")
        # By default the system ends it when its real-time threads stand in a busy machine's way.
        (folder / ".config/pulse").mkdir(parents=True)
        (folder / ".config/pulse/daemon.conf").write_text("rlimit-rttime = -1\n")
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F", str(folder / "server.pa")]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(["pulseaudio", *options], env=self.env, **quiet)
        time.sleep(1.5)
        self.modules, self.recordings = [], []
        self.sink("test")
        # An idle server needs a moment until it is awake.
        time.sleep(4)

    def pactl(self, *what):
        return subprocess.run(["pactl", *what], env=self.env, check=True, capture_output=True, text=True).stdout.strip()

    def sink(self, name):
        """Makes a sink, and records it."""
        options = [f"sink_name={name}", f"rate={RATE}", "format=s16le", "channels=2"]
        self.modules.append(self.pactl("load-module", "module-null-sink", *options))
        self.recordings.append(Recording(self.env, name))

    def play(self, what, *options):
        command = [PROGRAM, "play", str(what), "--no-input", *options]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def screen(self, what):
        """Plays on a terminal, and gives the hand that presses its keys."""
        hand, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
        player = subprocess.Popen([PROGRAM, "play", str(what)], env=self.env, start_new_session=True, **streams)
        os.close(terminal)

        def drain():
            with contextlib.suppress(OSError):
                while os.read(hand, 1 << 16):
                    pass

        threading.Thread(target=drain, daemon=True).start()
        return player, hand

    def end(self):
        for recording in self.recordings:
            recording.end()
        self.server.terminate()
        self.server.wait()


def write_wave(path, mono):
    """A sound file of 16 bits, the same on both sides; samples from -1 to 1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.repeat((mono * 32767).astype("<i2"), 2).tobytes())


def starts(folder, count):
    server = Server(folder)
    script = folder / "s.md"
    script.write_text(SCRIPT)
    begun = {"cold": [], "warm": []}
    said = {}
    for kind, times in begun.items():
        for _ in range(count + (kind == "warm")):
            if kind == "cold":
                shutil.rmtree(folder / "cache", ignore_errors=True)
            times.append(time.monotonic())
            player = server.play(script, "--json")
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
    server.end()
    zero = server.recordings[0].zero()
    level = np.abs(server.recordings[0].frames().astype(int)).max(1)
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
        recording = server.recordings[0]
        begin = len(recording.blocks)
        player = server.play(script, "--json")
        time.sleep(60 * minutes if kind == "cold" else 60)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        player.send_signal(signal.SIGTERM)
        said, error = player.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        heard = np.flatnonzero(recording.frames(begin).any(1))
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


def keys(folder):
    server = Server(folder)
    recording = server.recordings[0]
    write_wave(folder / "tone.wav", 0.5 * np.sin(2 * np.pi * 100 * np.arange(60 * RATE) / RATE))
    script = folder / "tone.md"
    script.write_text(TONE)
    pressed = []
    for acts in (KEYS, {"SIGTERM": None}):
        player, hand = server.screen(script)
        time.sleep(3)
        for name, key in acts.items():
            pressed.append((name, time.monotonic()))
            if key:
                os.write(hand, key.encode())
            else:
                player.send_signal(signal.SIGTERM)
            time.sleep(1.2)
        print(f"the player's end: {player.wait(10)}")
        os.close(hand)
    server.end()
    zero = recording.zero()
    frames = recording.frames().astype(float) / 32768
    step = np.abs(np.diff(frames, axis=0)).max(1)
    for name, at in pressed:
        # A moment before the key is pressed, too: the times of a recording are not exact.
        near = slice(int((at - zero - 0.1) * RATE), int((at - zero + 1.1) * RATE))
        heard = np.abs(frames[near]).max()
        print(f"{name:>16}: largest step {step[near].max():.4f}, level {heard:.3f}")
    print(f"in all {len(step) / RATE:.0f} s: largest step {step.max():.4f}; over 0.005: {(step > 0.005).sum()}")


def place(sound, noise):
    """Where these samples lie in the noise that was played, in samples."""
    size = 1 << (len(noise) + len(sound)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(noise, size) * np.conj(np.fft.rfft(sound, size)), size)
    best = int(np.argmax(likeness))
    if likeness[best] < 20 * np.sqrt(np.mean(likeness**2)):
        sys.exit("what was recorded is not what was played")
    return best


def lost(folder):
    server = Server(folder)
    noise = 0.1 * np.random.default_rng(1).standard_normal(60 * RATE)
    write_wave(folder / "noise.wav", noise)
    player = server.play(folder / "noise.wav")
    said = []

    def listen(stream):
        for line in stream:
            said.append((time.monotonic(), line.strip()))

    for stream in (player.stdout, player.stderr):
        threading.Thread(target=listen, args=(stream,), daemon=True).start()
    events = []
    for name in ("second", "third"):
        time.sleep(6)
        events.append(("the device goes", time.monotonic()))
        server.pactl("unload-module", server.modules[-1])
        time.sleep(4)
        events.append(("a device comes", time.monotonic()))
        server.sink(name)
    time.sleep(6)
    player.send_signal(signal.SIGTERM)
    print(f"the player's end: {player.wait(10)}")
    server.end()
    for name, at in events:
        after = [f"after {when - at:.2f} s: {line}" for when, line in said if 0 <= when - at < 4]
        print(f"{name}: {'; '.join(after) or 'nothing is said'}")
    heard = []
    for recording in server.recordings:
        frames = recording.frames()[:, 0].astype(float)
        sounding = np.flatnonzero(frames)
        # Half a second inside each edge, without its fade.
        first, last = sounding[0] + RATE // 50, sounding[-1] - RATE // 2 - RATE // 20
        entered, left = (place(frames[at : at + RATE // 2], noise) for at in (first, last))
        heard.append((entered - RATE // 50, left + sounding[-1] - last))
    for (_, left), (entered, _) in itertools.pairwise(heard):
        print(f"left at {left / RATE:.3f} s, entered at {entered / RATE:.3f} s: {(entered - left) * 1000 / RATE:+.1f} ms")


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    most = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if what == "starts":
            starts(folder, int(most or 20))
        elif what == "gaps":
            gaps(folder, most or 10)
        elif what == "keys":
            keys(folder)
        elif what == "lost":
            lost(folder)
        else:
            sys.exit(__doc__)
