#!/bin/sh
# Records the sample traces of recordings/ again: real programs over inputs that this script makes,
# the same on every machine. Programs run in a scratch folder under relative names, because a
# recording keeps its command line.
#
#   experiments/record-samples.sh [FOLDER [NAME…]]     default: recordings/, all of them
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
out=${1:-$root/recordings}
[ $# -eq 0 ] || shift
names=${*:-sort diff sqlite3 perl awk}

need() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null || { echo "record-samples: no $1; apt-get install -y $2" >&2; exit 1; }
}
need node nodejs
need valgrind valgrind
need awk mawk
for name in $names; do
  case $name in
    sort) need sort coreutils ;;
    diff) need diff diffutils ;;
    sqlite3) need sqlite3 sqlite3 ;;
    perl) need perl perl ;;
    awk) ;;
    *) echo "record-samples: no recording '$name'; there are sort diff sqlite3 perl awk" >&2; exit 2 ;;
  esac
done

mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$scratch"
# The environment lies on the program's stack, so it is as small and as fixed as can be.
fixed=
record() { # NAME COMMAND…
  recording=$1
  shift
  echo "record-samples: $recording" >&2
  # shellcheck disable=SC2086 # $fixed is a list of assignments
  env -i PATH="$PATH" HOME=/nonexistent LC_ALL=C TZ=UTC $fixed \
    node "$root/packages/cli/bin/pagelend.js" trace record -q -o "$out/$recording.plt" -- "$@" \
    >"$recording.out"
}

# Lines of made-up words, common ones more often: WORDS VOCABULARY WORDS_PER_LINE SEED. The generator
# (Lehmer's, 31 bits) is exact in doubles, so every awk makes the same text.
text() {
  LC_ALL=C awk -v words="$1" -v vocabulary="$2" -v per="$3" -v x="$4" 'BEGIN {
    for (i = 1; i <= words; i++) {
      x = (x * 16807) % 2147483647
      r = x / 2147483647
      rest = int(vocabulary * r * r * r) * 7919 + 13
      do { line = line substr("etaoinshrdlucmfwypvbgkjqxz", rest % 26 + 1, 1); rest = int(rest / 26) } while (rest > 0)
      if (i % per == 0 || i == words) { print line; line = "" } else line = line " "
    }
  }'
}

make_sort() {
  text 420000 100000 44 1 >book.txt
  record sort sort --parallel=1 -S 16M -o sorted.txt book.txt
}

make_diff() {
  text 140000 100000 11 2 >old.txt
  LC_ALL=C awk 'NR % 13 { print } NR % 17 == 0 { print $3, $1 }' old.txt >new.txt
  # Its status is 1 because the texts differ.
  record diff diff old.txt new.txt || [ $? -eq 1 ]
}

make_sqlite3() {
  cat >shop.sql <<'SQL'
CREATE TABLE filler(text TEXT);
INSERT INTO filler VALUES (printf('%1900s', ''));
CREATE TABLE sale(id INTEGER PRIMARY KEY, shop INT, price INT, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO sale SELECT i, i * 7919 % 97, i * 104729 % 1000, printf('%032d', i * 2654435761 % 4294967296) || text FROM n, filler;
CREATE INDEX by_note ON sale(note);
UPDATE sale SET price = price + 1 WHERE shop % 5 = 0;
SELECT shop, sum(price) FROM sale GROUP BY shop;
DELETE FROM sale WHERE shop % 7 = 3;
SELECT count(*), max(note) FROM sale WHERE note > '00000000000000000000002';
SQL
  record sqlite3 sqlite3 :memory: '.read shop.sql'
}

make_perl() {
  text 60000 60000 60 3 >book.txt
  cat >index.pl <<'PERL'
# An index of the lines of a book by their first word, longest lines first.
use strict;
my (%lines, %seen);
while (my $line = <>) {
    my ($word) = split / /, $line, 2;
    push @{ $lines{$word} }, $line;
    $seen{$word}++;
}
for my $word (sort keys %lines) {
    my @sorted = sort { length $b <=> length $a } @{ $lines{$word} };
    print "$word $seen{$word}\n", @sorted;
}
PERL
  # Otherwise Perl orders its hashes differently in every run.
  fixed='PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0'
  record perl perl index.pl book.txt
  fixed=
}

make_awk() {
  text 200000 100000 120 4 >book.txt
  cat >shuffle.awk <<'AWK'
# Keeps all lines, draws some of them at random, copies some over others, prints what is left.
{ line[NR] = $0 }
END {
  x = 5
  for (i = 1; i <= NR * 4; i++) {
    x = (x * 16807) % 2147483647
    j = int(x / 2147483647 * (x % 3 ? NR / 4 : NR)) + 1
    if (x % 5 == 0) line[j] = substr(line[i % NR + 1], 2) "."
    else if (index(substr(line[j], 1, 40), "zq")) found++
  }
  for (i = 1; i <= NR; i++) print line[i]
  print found
}
AWK
  record awk awk -f shuffle.awk book.txt
}

for name in $names; do
  "make_$name"
done
