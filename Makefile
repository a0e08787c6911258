# `make demo` renders a session on a fresh machine; `make test` runs every test. Both install what is missing first.

CARGO ?= cargo
PYTHON ?= python3

.PHONY: help demo test test-engines test-desktop test-site bench lint build clean

# ONNX Runtime as it lies in the wheel that PyPI has.
with-onnxruntime = library=$$(ls engines/onnxruntime/capi/libonnxruntime.so.* engines/onnxruntime/capi/libonnxruntime*.dylib 2>/dev/null | head -n 1); \
	test -n "$$library" || { echo 'no ONNX Runtime in engines/onnxruntime/capi; remove engines and try again' >&2; exit 1; }; \
	ORT_DYLIB_PATH="$(CURDIR)/$$library"

help:
	@echo 'make demo          build, and render scripts/earned-security.md to out/earned-security.wav'
	@echo 'make test          run the tests'
	@echo 'make test-engines  run the tests of the second engine, on ONNX Runtime'
	@echo 'make test-desktop  run the tests of media keys, on a D-Bus of their own'
	@echo 'make test-site     run the tests of a library as a web site, in Chromium'
	@echo 'make bench         run the benchmarks, of both engines too'
	@echo 'make lint          formatting, clippy and documentation'
	@echo 'make build         build in release mode'
	@echo 'make clean         remove what was built and rendered'

demo: build
	@mkdir -p out
	@$(CARGO) run --release --locked --quiet -- render scripts/earned-security.md -o out/earned-security.wav

build:
	@./bootstrap
	@$(CARGO) build --release --locked

test:
	@./bootstrap
	@$(CARGO) test --locked

engines/onnxruntime:
	@$(PYTHON) -m pip install --quiet --root-user-action=ignore --target engines --no-deps onnxruntime

test-engines: engines/onnxruntime
	@./bootstrap
	@$(with-onnxruntime) $(CARGO) test --locked --features piper-rs --test engines

test-desktop:
	@./bootstrap
	@command -v dbus-daemon >/dev/null || { echo 'no dbus-daemon; install dbus' >&2; exit 1; }
	@$(CARGO) test --locked --features mpris --test mpris

# The browser is the system's; what drives it comes from npm, and stays in a folder that git ignores.
test-site:
	@./bootstrap
	@command -v npm >/dev/null || { echo 'no npm; install Node.js 20 or newer' >&2; exit 1; }
	@$(CARGO) build --locked
	@npm ci --prefix tests/site --silent --no-audit --no-fund
	@UNDERTONE="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/undertone" node tests/site/site.mjs

bench: engines/onnxruntime
	@./bootstrap
	@$(with-onnxruntime) $(CARGO) bench --locked --features piper-rs

lint:
	@./bootstrap
	@$(CARGO) fmt --check
	@$(CARGO) clippy --all-targets --locked -- -D warnings
	@RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --locked

clean:
	@$(CARGO) clean
	@rm -rf out
