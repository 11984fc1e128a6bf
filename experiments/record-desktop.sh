#!/bin/sh
# Records the desktop traces of recordings/desktop/ again: a document viewer, a game, a media player
# and an image browser, real programs that draw on an X server without a screen. Documents, pictures,
# the clip and the game's demo are made here, the same in every run.
#
#   experiments/record-desktop.sh [--only NAME]… [FOLDER]
#
# Names are viewer, game, player and images; the folder is recordings/desktop/ unless given.
# All four take about ten minutes.
set -eu
# shellcheck source=SCRIPTDIR/recording.sh
. "$(dirname -- "$0")/recording.sh"

VIEWER_PAGES=4
GAME_TICS=35
PLAYER_FRAMES=12
PHOTOS=8
WAD=/usr/share/games/doom/freedoom1.wad

parse_arguments "$root/recordings/desktop" 'viewer game player images' "$@"
need Xvfb xvfb
for name in $names; do
  case $name in
    viewer)
      need /usr/lib/mupdf/mupdf-x11 mupdf
      need mutool mupdf-tools
      need xdotool xdotool
      need ffmpeg ffmpeg
      ;;
    game)
      need chocolate-doom chocolate-doom
      need "$WAD" freedoom
      ;;
    player)
      need mpeg2dec mpeg2dec
      need ffmpeg ffmpeg
      ;;
    images)
      need feh feh
      need ffmpeg ffmpeg
      ;;
  esac
done
check_needs
begin

# The first COUNT pictures of a zoom into the Mandelbrot set that takes LENGTH pictures. One thread and
# no word on the encoder, so that the bytes are the same in every run.
pictures() { # COUNT LENGTH SIZE OPTION… OUTPUT
  count=$1
  zoom=mandelbrot=size=$3:rate=25:start_scale=2:end_scale=0.05:end_pts=$2
  shift 3
  ffmpeg -nostdin -v error -f lavfi -i "$zoom" -frames:v "$count" -threads 1 -fflags +bitexact \
    -flags:v +bitexact "$@"
}

# A document of short chapters: text in two fonts, some pages with a picture, some with a drawing.
make_document() {
  pictures 4 4 320x240 -q:v 3 figure%d.jpg
  text 700 20000 6 5 | LC_ALL=C awk '
    function open_page(  i) {
      page++
      file = sprintf("page%02d.txt", page)
      print "%%MediaBox 0 0 420 595\n%%Font Body Times-Roman\n%%Font Head Helvetica-Bold" >file
      if (page % 3 == 2) {
        print "%%Image Photo figure" page % 4 + 1 ".jpg" >file
        print "q 240 0 0 180 90 370 cm /Photo Do Q" >file
      }
      if (page % 3 == 0) for (i = 0; i < 24; i++) {
        print i / 24, i % 5 / 5, 0.5, "RG 0.8 w 50", 350 + i * 8, "m" >file
        print 120 + i * 3, 580 - i * 11, 300 - i * 5, 340 + i * 4, 370, 560 - i * 7, "c S" >file
      }
      print "BT /Head 16 Tf 50 560 Td (Chapter " page ") Tj ET" >file
      y = page % 3 == 1 ? 530 : 320
    }
    page == 0 || y < 40 { open_page() }
    { print "BT /Body 14 Tf 50 " y " Td (" $0 ") Tj ET" >file; y -= 20 }'
  mutool create -o doc.pdf -O compress page*.txt
}

# The reader of the document: looks at each page once it is drawn, turns to the next, leaves. The
# viewer sends the new title with the end of its drawing.
turn_pages() {
  page=1
  while [ "$page" -le "$VIEWER_PAGES" ]; do
    until window=$(xdotool search --onlyvisible --name "^doc\.pdf - $page/" 2>/dev/null); do sleep 0.5; done
    sleep 2
    press windowfocus "$window" key space
    page=$((page + 1))
  done
  press key q
}

make_viewer() {
  make_document
  turn_pages &
  helpers="$helpers $!"
  record viewer mupdf-x11 -r 50 doc.pdf
}

# The start of the first demo that the game data bring: a header of 13 bytes, 4 bytes a tic, an end mark.
make_demo() {
  cat >cut-demo.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
const [path, tics] = process.argv.slice(2);
const wad = readFileSync(path);
// The directory: per lump 16 bytes with offset, size and name.
let entry = wad.readUInt32LE(8);
while (wad.toString('latin1', entry + 8, entry + 16) !== 'DEMO1\0\0\0') entry += 16;
const at = wad.readUInt32LE(entry);
const start = wad.subarray(at, at + 13 + 4 * Number(tics));
writeFileSync('demo.lmp', Buffer.concat([start, Buffer.of(0x80)]));
JS
  "$node" cut-demo.mjs "$WAD" "$GAME_TICS"
}

make_game() {
  make_demo
  # A small window without the delays and messages meant for people, drawn by the program itself.
  cat >game.cfg <<'CFG'
fullscreen 0
aspect_ratio_correct 0
integer_scaling 0
startup_delay 0
show_endoom 0
grabmouse 0
use_mouse 0
use_joystick 0
window_width 320
window_height 200
autoadjust_video_settings 0
force_software_renderer 1
CFG
  fixed="$fixed SDL_AUDIODRIVER=dummy SDL_FRAMEBUFFER_ACCELERATION=0 SDL_RENDER_DRIVER=software"
  # A timed demo ends the game as an error would, with the time it took.
  expected_status=255
  record game chocolate-doom -iwad freedoom1.wad -config doom.cfg -extraconfig game.cfg -nogui -nosound \
    -timedemo demo.lmp
  expected_status=0
  fixed="DISPLAY=$DISPLAY"
  grep -q "timed $GAME_TICS gametics" game.out || { tail -n 20 game.out >&2; exit 1; }
}

make_player() {
  pictures "$PLAYER_FRAMES" 400 640x480 -pix_fmt yuv420p -c:v mpeg2video -bf 2 -q:v 8 \
    -f mpeg2video clip.m2v
  record player mpeg2dec -o x11 clip.m2v
}

make_images() {
  mkdir photos
  pictures "$PHOTOS" "$PHOTOS" 480x360 -q:v 3 photos/photo%02d.jpg
  record images feh --sort name --slideshow-delay 0.5 --on-last-slide quit photos
}

start_server
for name in $names; do
  "make_$name"
done
