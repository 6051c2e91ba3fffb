# SPDX-License-Identifier: GPL-2.0-or-later
# mupi: multicast proxy with several upstream interfaces. `make help` lists the targets.

BUILD	?= build
PREFIX	?= /usr/local
CLANG	?= clang
BPFTOOL	?= /usr/sbin/bpftool
VERSION	:= 0.1.0

PKGS	:= libbpf libxdp libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libevent_core jansson inih libsystemd libmicrohttpd libcap-ng
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
	-Wvla -D_GNU_SOURCE -DMUPI_VERSION='"$(VERSION)"' -Iinclude -Iagent -Itests -I$(BUILD) -MMD -MP
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS))
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Iinclude \
	-I/usr/include/$(shell gcc -print-multiarch)

# SAN=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer into a folder of its own; what is not initialised
# has a pattern there.
ifneq ($(SAN),)
override BUILD := $(BUILD)-san
override CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-ftrivial-auto-var-init=pattern
override LDFLAGS += -fsanitize=address,undefined
endif

# FUZZ=1 builds the fuzz targets into a folder of its own; `make fuzz` sets it.
ifneq ($(FUZZ),)
override BUILD := $(BUILD)-fuzz
override CC := $(CLANG)
override CFLAGS += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined $(FUZZ_CFLAGS)
override LDFLAGS += -fsanitize=fuzzer,address,undefined
endif

# NEXT=1 builds as the next version of the data plane would be, to test upgrades.
ifneq ($(NEXT),)
override BUILD := $(BUILD)-next
override CFLAGS += -DMUPI_DP_VERSION=999
BPF_CFLAGS += -DMUPI_DP_VERSION=999
endif

# V=1 shows the commands.
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-8s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)')

# The core: no I/O. The edge: the files that make system calls.
CORE_DIRS := lib wire policy proxy config check
CORE_SRCS := $(foreach d,$(CORE_DIRS),$(wildcard agent/$(d)/*.c))
EDGE_SRCS := $(wildcard agent/io/*.c agent/commands/*.c agent/*.c)
CTL_SRCS  := $(wildcard tools/mupictl/*.c)
UNIT_SRCS := $(wildcard tests/unit/*.c)
BPFT_SRCS := $(wildcard tests/bpf/*.c)
TOOL_SRCS := $(filter-out %.bpf.c,$(wildcard tests/tools/*.c))
FUZZ_SRCS := $(wildcard tests/fuzz/*.c)

obj	= $(patsubst %.c,$(BUILD)/%.o,$(1))
CORE	:= $(BUILD)/libmupi.a
SKEL	:= $(BUILD)/mupi.skel.h
TESTTOOLS := $(patsubst tests/tools/%.c,$(BUILD)/%,$(TOOL_SRCS))

.PHONY: all
all: $(BUILD)/mupi-agent $(BUILD)/mupictl

.PHONY: help
help:
	@echo "make            build build/mupi-agent and build/mupictl"
	@echo "sudo make demo  raise the lab, play the original's examples, print who received what"
	@echo "sudo make check every test"
	@echo "sudo make check-modes  every selftest with TC and with generic XDP; check runs the main ones"
	@echo "sudo make check-valgrind  every unit test under valgrind; check runs those of what strangers send"
	@echo "make check-lookups  ten million lookups in random tables, beside a plain scan"
	@echo "make lint       formatting, static analysis"
	@echo "make fuzz       SECONDS=$(SECONDS) of random input for each fuzz target"
	@echo "sudo make bench copies a second of the data plane and its peers; lookups in large tables"
	@echo "                (BENCH_FLAGS='--json FILE --svg FILE'; bench-quick takes a minute)"
	@echo "make install    DESTDIR= PREFIX=$(PREFIX)"
	@echo "sudo make deps  install the Debian packages of tools/packages.txt that are missing"

# ---- build -------------------------------------------------------------------------------------

# What runs in the kernel: the data plane, and what tests and benchmarks need there.
$(BUILD)/mupi.bpf.o: bpf/mupi.bpf.c $(wildcard bpf/*.h) include/mupi/dataplane.h
$(BUILD)/flood.bpf.o: tests/tools/flood.bpf.c tests/tools/flood_shared.h
$(BUILD)/bench.bpf.o: tests/bench/dataplane/bench.bpf.c tests/bench/dataplane/bench_shared.h
$(addprefix $(BUILD)/,mupi.bpf.o flood.bpf.o bench.bpf.o):
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(SKEL): SKELETON := mupi
$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $(or $(SKELETON),$*_bpf) > $@.tmp && mv $@.tmp $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -c $< -o $@

$(call obj,$(EDGE_SRCS) $(BPFT_SRCS)): $(SKEL)

$(CORE): $(call obj,$(CORE_SRCS))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/mupi-agent: $(call obj,$(EDGE_SRCS)) $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ $(PKG_LIBS) -lm -o $@

$(BUILD)/mupictl: $(call obj,$(CTL_SRCS))
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ -ljansson -lncursesw -o $@

# Beside the core, what needs no kernel to be tested.
JOURNAL	:= $(call obj,agent/journal.c agent/journal_read.c)
CONTROL	:= $(call obj,agent/io/connection.c agent/io/request.c)

$(BUILD)/test-unit: $(call obj,$(UNIT_SRCS) agent/commands/grouplist.c) $(JOURNAL) $(CONTROL) $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ -lcriterion -levent_core -ljansson -linih -lm -o $@

# As an archive, for the linker to take what the data plane needs.
$(BUILD)/libio.a: $(call obj,$(wildcard agent/io/*.c))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/test-bpf: $(call obj,$(BPFT_SRCS)) $(BUILD)/libio.a $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ -lcriterion $(PKG_LIBS) -lm -o $@

# One program a file; linked with the core, so that a test sender builds packets as the agent does.
$(TESTTOOLS): $(BUILD)/%: $(BUILD)/tests/tools/%.o $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ $(TOOL_LIBS) -lm -o $@

$(BUILD)/tests/tools/flood.o: $(BUILD)/flood.skel.h
$(BUILD)/flood: TOOL_LIBS := -lbpf
$(BUILD)/standin: TOOL_LIBS := -ljansson

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- set-up, tests -----------------------------------------------------------------------------

.PHONY: deps
deps:
	@tools/install-packages

.PHONY: demo
demo: deps
	@$(MAKE) --no-print-directory all $(TESTTOOLS)
	@tools/mupi-lab demo

.PHONY: check
check: deps
	@tests/run-all

# The selftests once more, with the data planes that auto does not choose there.
.PHONY: check-modes
check-modes: deps
	@for mode in tc generic; do \
		echo "mode $$mode"; MUPI_MODE=$$mode SAN= tests/run-all selftests || exit 1; done

.PHONY: check-valgrind
check-valgrind: deps
	@SAN= tests/run-all valgrind

.PHONY: tests
tests: all $(BUILD)/test-unit $(BUILD)/test-bpf $(TESTTOOLS)
	@$(MAKE) --no-print-directory NEXT=1 SAN= BUILD=$(BUILD) all

# `make check` looks up a part of them.
.PHONY: check-lookups
check-lookups: $(BUILD)/test-unit
	MUPI_LOOKUPS=10000000 $< --filter 'murt_random/*'

.PHONY: lint
lint: $(SKEL) $(BUILD)/bench.skel.h $(BUILD)/flood.skel.h
	@BUILD=$(BUILD) tools/lint

.PHONY: clean
clean:
	rm -rf $(BUILD) $(BUILD)-*

# ---- fuzzing -----------------------------------------------------------------------------------

# How long each target runs.
SECONDS	?= 60
TARGETS	:= $(patsubst tests/fuzz/%.c,%,$(filter tests/fuzz/fuzz_%,$(FUZZ_SRCS)))
HARNESS	:= $(BUILD)/libfuzz.a

# Only what is tested tells libFuzzer where it has been.
$(call obj,$(CORE_SRCS)) $(CONTROL): FUZZ_CFLAGS := -fsanitize=fuzzer-no-link

$(HARNESS): $(call obj,$(filter-out tests/fuzz/fuzz_%,$(FUZZ_SRCS)))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(addprefix $(BUILD)/,$(TARGETS)): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(HARNESS) $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ $(FUZZ_LIBS) -linih -lm -o $@

$(BUILD)/fuzz_control: $(CONTROL)
$(BUILD)/fuzz_control: FUZZ_LIBS := -levent_core -ljansson

.PHONY: fuzz-targets
fuzz-targets: $(addprefix $(BUILD)/,$(TARGETS))

.PHONY: fuzz-build
fuzz-build:
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-targets

.PHONY: fuzz
fuzz: fuzz-build
	@for target in $(TARGETS); do tests/fuzz/run $(BUILD)-fuzz $$target $(SECONDS) || exit 1; done

# ---- measuring ---------------------------------------------------------------------------------

$(BUILD)/bench-murt: $(call obj,tests/bench/bench_murt.c tests/unit/murt_mix.c) $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ -lm -o $@

$(BUILD)/bench-control: $(call obj,tests/bench/bench_control.c tests/bench/control_load.c) $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ -lm -o $@

# The data plane beside its peers.
DPBENCH	:= $(filter-out %.bpf.c,$(wildcard tests/bench/dataplane/*.c))

$(call obj,$(DPBENCH)): $(BUILD)/bench.skel.h

$(BUILD)/bench-dataplane: $(call obj,$(DPBENCH)) $(BUILD)/libio.a $(CORE)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $^ $(PKG_LIBS) -lpthread -lm -o $@

.PHONY: bench
bench: deps bench-murt bench-dataplane bench-control

.PHONY: bench-quick
bench-quick: BENCH_FLAGS += --quick
bench-quick: bench-dataplane

# BENCH_FLAGS: --quick, --json FILE, --svg FILE, --rounds N, --burst MILLISECONDS
.PHONY: bench-dataplane
bench-dataplane: $(BUILD)/bench-dataplane
	@$< $(BENCH_FLAGS)

.PHONY: bench-murt
bench-murt: $(BUILD)/bench-murt
	@$<

# In the core, and with the kernel in namespaces.
.PHONY: bench-control
bench-control: deps $(BUILD)/bench-control $(BUILD)/latency $(BUILD)/reports all
	@$(BUILD)/bench-control
	@BUILD=$(BUILD) tests/bench/control-lab.sh

# ---- install -----------------------------------------------------------------------------------

.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man5 \
		$(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/mupi $(DESTDIR)/etc/mupi \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(BUILD)/mupi-agent $(BUILD)/mupictl tools/mupi-ovs $(DESTDIR)$(PREFIX)/sbin
	install -m 644 conf/*.conf conf/*.flows conf/*.json $(DESTDIR)$(PREFIX)/share/mupi
	sed 's|@sbindir@|$(PREFIX)/sbin|' conf/mupi-agent.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/mupi-agent.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/mupi-agent.service
	test -e $(DESTDIR)/etc/mupi/murt.conf || install -m 644 conf/murt.conf $(DESTDIR)/etc/mupi
	install -m 644 conf/murt.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 agent/mupi-agent.8 tools/mupictl/mupictl.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 tools/mupictl/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mupictl
	install -m 644 tools/mupictl/_mupictl $(DESTDIR)$(PREFIX)/share/zsh/site-functions
