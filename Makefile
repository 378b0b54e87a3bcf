# countersign: build, test, install.
#
# A fresh machine needs `make` and `git`; `make demo` and `make check` install what else is missing.
#
#   make                     build/countersign
#   make demo                the whole workflow, told in a terminal (ARGS=--keep keeps its folder)
#   make check               every test; the last line is the count
#   make unit MODULES=base   the unit tests of some modules, quickly
#   make install             to DESTDIR and PREFIX
#   make bench coverage fuzz mutants valgrind check-fresh   what takes longer or needs more
#   make schema clean
#   make format              the lines of C that differ from the last commit
#
# B=DIR chooses the build directory, CC= the compiler, SANITIZE=address,undefined sanitizers, PROFILE=coverage
# counters for gcov. Another compiler, sanitizers and the profile build into directories of their own below B.

B ?= build
ifneq ($(words $(B)),1)
$(error B is the name of one directory, without spaces)
endif
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
ifeq ($(origin CC),default)
CC := gcc
endif

empty :=
space := $(empty) $(empty)
comma := ,
join-with = $(subst $(space),$1,$(strip $2))
absolute = $(if $(filter /%,$1),$1,$(CURDIR)/$1)

# Where the objects and programs of this variant go: B itself for plain gcc.
variant := $(call join-with,-,$(filter-out gcc,$(notdir $(CC))) $(subst $(comma),$(space),$(SANITIZE)) $(PROFILE))
O := $(if $(variant),$(B)/$(variant),$(B))

# A module is a folder of reconciler/; MODULES= limits a build to some of them, for work on one module.
ALL_MODULES := $(patsubst reconciler/%/,%,$(sort $(wildcard reconciler/*/)))
MODULES ?= $(ALL_MODULES)
partial := $(if $(filter-out $(MODULES),$(ALL_MODULES)),-$(call join-with,-,$(MODULES)))

SOURCES := $(if $(partial),,$(wildcard reconciler/*.c)) $(wildcard $(MODULES:%=reconciler/%/*.c))
OBJECTS := $(patsubst %.c,$(O)/%.o,$(filter-out reconciler/main.c,$(SOURCES)))
HELPERS := $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/*.c))
UNIT_TESTS := $(patsubst %.c,$(O)/%,$(wildcard $(MODULES:%=tests/unit/%/*_test.c)))
FUZZ_TARGETS := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAYS := $(FUZZ_TARGETS:_fuzz=_replay)
BENCHES := $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*_bench.c))
LIBRARY := $(O)/libcountersign$(partial).a
HELPER_LIBRARY := $(O)/libtest.a
PROGRAM := $(O)/countersign

# What depends on a shell command is found when a recipe first needs it, and once: on a fresh machine neither
# compiler nor pkg-config is there yet when make starts.
LIBRARIES := libgit2 yaml-0.1 libcrypto libp11 zlib
library_cflags = $(eval library_cflags := $(shell pkg-config --cflags $(LIBRARIES)))$(library_cflags)
library_ldlibs = $(eval library_ldlibs := $(shell pkg-config --libs $(LIBRARIES)))$(library_ldlibs)
supports = $(shell $(CC) -Werror $1 -x c -c /dev/null -o /dev/null 2>/dev/null && echo $1)
optional_hardening := -fstack-protector-strong -fstack-clash-protection -fcf-protection
hardening = $(eval hardening := $(foreach flag,$(optional_hardening),$(call supports,$(flag))))$(hardening)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
ifneq ($(SANITIZE),)
# FORTIFY_SOURCE would hide what the sanitizers look for, and their code gives gcc false alarms; warnings are errors
# in the plain builds.
CFLAGS ?= -O1 -g
variant_flags := -fsanitize=$(SANITIZE) -DSANITIZED -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-error
# As shared objects, gcc's undefined-behaviour sanitizer beside the address sanitizer ignores log_path.
variant_ldflags := $(if $(filter gcc%,$(notdir $(CC))),-static-libasan -static-libubsan)
else ifeq ($(PROFILE),coverage)
CFLAGS ?= -O0 -g
# Counters are written by each process as it ends, into the build directory: it cannot be confined.
variant_flags := --coverage -DCOVERAGE_COUNTERS
else
CFLAGS ?= -O2 -g
variant_flags := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
INCLUDES := -Ireconciler
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE $(INCLUDES) $(WARNINGS) -fPIE $(hardening) $(variant_flags) \
	$(library_cflags) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack $(variant_flags) $(variant_ldflags) $(CFLAGS) $(LDFLAGS)

.PHONY: all program objects unit-tests replays fuzz-targets benches directory demo check unit mutants valgrind fuzz bench \
	coverage check-fresh schema format install clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# V=1 shows whole commands.
quiet = $(if $(V),,@printf '%-5s %s\n' '$1' '$@';)

all: program
program: $(PROGRAM)
unit-tests: $(UNIT_TESTS)
replays: $(REPLAYS)
fuzz-targets: $(FUZZ_TARGETS)
benches: $(BENCHES)
objects: $(patsubst %.c,$(O)/%.o,$(SOURCES) $(foreach kind,lib unit/* fuzz bench,$(wildcard tests/$(kind)/*.c)))
directory:
	@echo '$(O)'

# A file that changes only when its text does, so that what depends on it is made again exactly then.
define write-if-changed
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$1)' >$@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
endef
$(O)/flags: FORCE
	$(call write-if-changed,$(COMPILE) | $(LINK))
$(O)/%.objects: FORCE
	$(call write-if-changed,$(if $(filter libtest,$*),$(HELPERS),$(OBJECTS)))

$(O)/tests/%.o: private INCLUDES += -Itests
$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -MMD -MP -c -o $@ $<

$(LIBRARY): $(OBJECTS) $(LIBRARY:.a=.objects)
$(HELPER_LIBRARY): $(HELPERS) $(HELPER_LIBRARY:.a=.objects)
$(LIBRARY) $(HELPER_LIBRARY):
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $(filter %.o,$^)

$(PROGRAM): $(O)/reconciler/main.o $(LIBRARY)
	$(call quiet,LINK)$(LINK) -o $@ $^ $(library_ldlibs) $(LDLIBS)
$(O)/%_test: $(O)/%_test.o $(HELPER_LIBRARY) $(LIBRARY)
	$(call quiet,LINK)$(LINK) -o $@ $^ $(library_ldlibs) -lcmocka $(LDLIBS)
$(O)/%_bench: $(O)/%_bench.o $(HELPER_LIBRARY) $(LIBRARY)
	$(call quiet,LINK)$(LINK) -o $@ $^ $(library_ldlibs) $(LDLIBS)
$(O)/%_replay: $(O)/%_fuzz.o $(O)/tests/fuzz/replay.o $(HELPER_LIBRARY) $(LIBRARY)
	$(call quiet,LINK)$(LINK) -o $@ $^ $(library_ldlibs) $(LDLIBS)
$(O)/%_fuzz: $(O)/%_fuzz.o $(HELPER_LIBRARY) $(LIBRARY)
	$(call quiet,LINK)$(LINK) -fsanitize=fuzzer -o $@ $^ $(library_ldlibs) $(LDLIBS)

-include $(shell find '$(O)/reconciler' '$(O)/tests' -name '*.d' 2>/dev/null)


# --- running -----------------------------------------------------------------

# As an environment variable for scripts: the program just built, whatever directory they are in.
countersign = COUNTERSIGN='$(call absolute,$(PROGRAM))'

demo:
	@bash .ci/install-dependencies demo
	+@$(MAKE) --no-print-directory program
	@$(countersign) bash tests/demo/demo.sh $(ARGS)

check:
	@B='$(B)' bash .ci/install-dependencies check
	+@MAKE='$(MAKE)' B='$(B)' bash tests/run check

unit:
	@bash .ci/install-dependencies unit
	+@$(MAKE) --no-print-directory unit-tests
	@B='$(O)' bash tests/run these $(UNIT_TESTS)

# Does a test fail for each fault that is put in? MUTATE= names the files, MUTANTS= how many faults (0: all), SEED= which.
MUTATE ?= $(wildcard reconciler/evaluate/*.c) $(filter-out %/private_key.c,$(wildcard reconciler/trust/*.c))
mutants:
	@bash .ci/install-dependencies mutants
	+@$(MAKE) --no-print-directory unit-tests
	@O='$(O)' COMPILE='$(COMPILE)' LINK='$(LINK)' LIBRARIES='$(library_ldlibs) -lcmocka $(LDLIBS)' \
		tests/mutants/mutate $(MUTATE)

valgrind:
	@bash .ci/install-dependencies valgrind
	+@$(MAKE) --no-print-directory unit-tests
	@B='$(O)' bash tests/run valgrind $(UNIT_TESTS)

# FUZZ= names some of the targets; what they find is kept in the build directory.
FUZZ ?= $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz:
	@bash .ci/install-dependencies fuzz
	+@$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-targets
	@bash tests/fuzz/run "$$($(MAKE) --no-print-directory -s CC=clang SANITIZE=fuzzer-no-link,address,undefined \
		directory)/tests/fuzz" $(FUZZ_SECONDS) $(FUZZ)

bench:
	@bash .ci/install-dependencies bench
	+@$(MAKE) --no-print-directory program benches
	@for bench in $(BENCHES) $(wildcard tests/bench/*.sh); do \
		case $$bench in *.sh) run=bash ;; *) run= ;; esac; \
		echo "== $$(basename $$bench)"; $(countersign) $$run $$bench || exit; done

coverage:
	@bash .ci/install-dependencies coverage
	+@$(MAKE) --no-print-directory PROFILE=coverage program unit-tests
	+@MAKE='$(MAKE)' B='$(B)' bash tests/coverage

check-fresh:
	@bash .ci/install-dependencies fresh
	@bash tests/fresh

# --- files made from the program ---------------------------------------------

schema: program
	@for kind in $$($(PROGRAM) schema); do echo "schema/$$kind.json"; \
		$(PROGRAM) schema $$kind >schema/$$kind.json.new && mv schema/$$kind.json.new schema/$$kind.json || exit; done
	@echo reconciler/man/countersign-repository.5; COUNTERSIGN='$(PROGRAM)' bash reconciler/man/update-reference

format:
	@bash .ci/install-dependencies format
	git clang-format --force --extensions c,h HEAD -- reconciler tests || [ $$? -eq 1 ]

# --- installing --------------------------------------------------------------

root := $(DESTDIR)$(PREFIX)
MANUALS := $(wildcard reconciler/man/*.[1-8])

install: program
	install -D -m 0755 $(PROGRAM) '$(root)/bin/countersign'
	@for page in $(MANUALS); do \
		install -D -m 0644 $$page "$(root)/share/man/man$${page##*.}/$${page##*/}" || exit; done
	@find $(wildcard schema policies examples) -type f | while read -r file; do \
		if [ -x "$$file" ]; then mode=0755; else mode=0644; fi; \
		install -D -m $$mode "$$file" "$(root)/share/countersign/$$file" || exit; done

clean:
	rm -rf '$(B)'
