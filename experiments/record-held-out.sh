#!/bin/sh
# Records the held-out traces of recordings/held-out/ again: programs of other kinds than the samples,
# kept apart so that a policy can be judged by recordings that had no part in its design. Inputs are
# made here, the same in every run.
#
#   experiments/record-held-out.sh [--only NAME]… [FOLDER]
#
# The folder is recordings/held-out/ unless given. All take a few minutes on an idle processor.
set -eu
# shellcheck source=SCRIPTDIR/recording.sh
. "$(dirname -- "$0")/recording.sh"

parse_arguments "$root/recordings/held-out" 'ocamlc lua sqlite-file bdb lmdb links2 vim xz' "$@"
for name in $names; do
  case $name in
    ocamlc) need ocamlc.opt ocaml ;;
    lua) need lua5.4 lua5.4 ;;
    sqlite-file) need sqlite3 sqlite3 ;;
    bdb) need db5.3_load db5.3-util ;;
    lmdb) need mdb_copy lmdb-utils ;;
    links2) need links2 links2 ;;
    vim) need vim.basic vim ;;
    xz) need xz xz-utils ;;
  esac
done
check_needs
begin

make_ocamlc() {
  cat >shapes.ml <<'OCAML'
(* A variant type and functions that match on it. *)
type shape = Dot | Line of int | Box of int * shape list | Named of string * shape

let rec size ?(scale = 1) = function
  | Dot -> 1
  | Line length -> length * scale
  | Box (border, inner) -> List.fold_left (fun sum s -> sum + size ~scale s) border inner
  | Named (name, s) -> String.length name + size ~scale:(scale + 2) s

let table = Array.init 40 (fun i -> if i mod 2 = 0 then Line i else Named ("shape", Dot))
let total () = Array.fold_left (fun sum s -> sum + size s) 0 table
let largest () = List.hd (List.sort (fun a b -> compare (size b) (size a)) (Array.to_list table))
OCAML
  record ocamlc ocamlc.opt -c shapes.ml
}

make_lua() {
  cat >trees.lua <<'LUA'
-- Search trees with long texts; some trees are dropped, so that the collector has work.
local x = 9
local filler = (' item'):rep(400)
local function random(limit) x = x * 16807 % 2147483647 return x % limit end
local function insert(tree, key)
  if not tree then return { key = key, text = key .. filler } end
  local side = key < tree.key and 'left' or 'right'
  if key ~= tree.key then tree[side] = insert(tree[side], key) end
  return tree
end
local function depth(tree) return tree and 1 + math.max(depth(tree.left), depth(tree.right)) or 0 end
local forest = {}
for round = 1, 1800 do
  local at = random(400) + 1
  forest[at] = insert(forest[at], random(1000000))
  if round % 10 == 0 then forest[random(400) + 1] = nil end
end
local deepest = 0
for at = 1, 400 do deepest = math.max(deepest, depth(forest[at])) end
print(deepest)
LUA
  record lua lua5.4 trees.lua
}

make_sqlite_file() {
  cat >library.sql <<'SQL'
PRAGMA cache_size = 400;
CREATE TABLE filler(text TEXT);
INSERT INTO filler VALUES (printf('%3000s', ''));
CREATE TABLE book(id INTEGER PRIMARY KEY, shelf INT, title TEXT);
CREATE TABLE loan(book INT, reader INT, day INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 220)
INSERT INTO book SELECT i, i * 7919 % 211, printf('%08x', i * 2654435761 % 4294967296) || text FROM n, filler;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO loan SELECT i * 104729 % 220, i * 31 % 977, i / 8 FROM n;
CREATE INDEX by_shelf ON book(shelf, title);
CREATE INDEX by_book ON loan(book);
SELECT count(*), sum(length(title)) FROM loan JOIN book ON book.id = loan.book WHERE reader < 300;
UPDATE book SET title = title || shelf WHERE shelf < 30;
SELECT shelf, max(title) FROM book GROUP BY shelf ORDER BY 2 DESC LIMIT 3;
SQL
  record sqlite-file sqlite3 library.db '.read library.sql'
}

# A hash table with a page for each of 4,096 buckets and a cache for some half of them.
make_bdb() {
  echo 'set_cachesize 0 8388608 1' >DB_CONFIG
  {
    printf '%s\n' VERSION=3 format=print type=hash db_pagesize=4096 h_ffactor=1 h_nelem=4096 HEADER=END
    numbers 1200 100000000 10 | LC_ALL=C awk '{ printf " key%08d\n %0" 10 + $1 % 91 "d\n", $1, $1 }'
    echo DATA=END
  } >pairs.dump
  record bdb db5.3_load -h . -f pairs.dump pairs.db
}

# The database to be copied is filled in no order, so its tree is spread over the file.
make_lmdb() {
  {
    printf '%s\n' VERSION=3 format=print type=btree mapsize=67108864 maxreaders=4 HEADER=END
    numbers 170000 100000000 11 | LC_ALL=C awk '{
      value = sprintf("%0" 10 + $1 % 191 "d", $1)
      printf " key%08d\n %s\n", $1, value
    }'
    echo DATA=END
  } >pairs.dump
  mdb_load -n -f pairs.dump pairs.mdb
  record lmdb mdb_copy -n -c pairs.mdb copy.mdb
}

# A page of headings, text, links and tables.
make_page() {
  text 400 1500 9 15 | LC_ALL=C awk '
    BEGIN { print "<html><head><title>A page</title></head><body><h1>A page</h1>" }
    NR % 20 == 1 { print (NR > 1 ? "</table>" : "") "<h2>Part " NR "</h2><p><a href=#top>top</a>" }
    NR % 20 < 10 { print }
    NR % 20 == 10 { print "<table border=1>" }
    NR % 20 > 10 || NR % 20 == 0 { gsub(/ /, "<td>"); print "<tr><td>" $0 }
    END { print "</table></body></html>" }' >page.html
}

make_links2() {
  make_page
  record links2 links2 -dump page.html
}

make_vim() {
  text 850 800 9 12 >notes.txt
  cat >edit.vim <<'VIM'
set nocompatible undolevels=100
edit notes.txt
%substitute/\<\(\w\)\(\w*\)\>/\2\1/g
global/^t/move 0
sort
%substitute/a\+/[&]/ge
global/z.*q/normal yyGp
undo
%join
%substitute/ \(\w\{3,}\) /\r\1\r/g
write! out.txt
quitall!
VIM
  fixed=TERM=dumb
  record vim vim.basic -u NONE -i NONE -n -e -s -S edit.vim
  fixed=
}

make_xz() {
  text 4200 6000 12 14 >book.txt
  record xz xz -3 --keep --threads=1 book.txt
}

for name in $names; do
  case $name in
    sqlite-file) make_sqlite_file ;;
    *) "make_$name" ;;
  esac
done
