;; Puts the visitor's program together from its streams. `xtask/src/streams.rs` says how they are made; it writes the
;; operands and alignments of instructions, the most frequent constants, and where streams are, in place of the tokens.
;;
;; Memory: from 0 the places of eight streams and of what stands before them, four bytes each; from 64 the operands by
;; opcode, two streams counted from 1 in a byte; from 320 the alignments of loads and stores; from 352 the constants, five bytes
;; each; from 1024 the locals of a
;; function, the one used last first; from 4096 the file, and behind it what comes of it.
(module
  (memory (export "m") 16)
  (data (i32.const 64) "__OPERANDS__")
  (data (i32.const 320) "__ALIGNMENTS__")
  (data (i32.const 352) "__CONSTANTS__")
  (global $to (mut i32) (i32.const 0))
  ;; How many of the locals may have left their first place.
  (global $moved (mut i32) (i32.const 768))

  (func $put (param $byte i32)
    (i32.store8 (global.get $to) (local.get $byte))
    (global.set $to (i32.add (global.get $to) (i32.const 1))))

  ;; The next byte of the opcodes.
  (func $take (result i32)
    (local $from i32)
    (local.set $from (i32.load (i32.const __OPCODES__)))
    (i32.store (i32.const __OPCODES__) (i32.add (local.get $from) (i32.const 1)))
    (i32.load8_u (local.get $from)))

  ;; Copies one number of the stream whose place is kept there and says what it is.
  (func $number (param $kept i32) (result i32)
    (local $from i32) (local $byte i32) (local $n i32) (local $shift i32)
    (local.set $from (i32.load (local.get $kept)))
    (loop $more
      (call $put (local.tee $byte (i32.load8_u (local.get $from))))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $n (i32.or (local.get $n)
        (i32.shl (i32.and (local.get $byte) (i32.const 127)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $more (i32.gt_u (local.get $byte) (i32.const 127))))
    (i32.store (local.get $kept) (local.get $from))
    (local.get $n))

  ;; Writes how long what stands behind these five bytes is.
  (func $measure (param $place i32)
    (local $n i32) (local $last i32)
    (local.set $n (i32.sub (i32.sub (global.get $to) (local.get $place)) (i32.const 5)))
    (local.set $last (i32.add (local.get $place) (i32.const 4)))
    (loop $more
      (i32.store8 (local.get $place) (i32.or (i32.and (local.get $n) (i32.const 127))
        (i32.shl (i32.lt_u (local.get $place) (local.get $last)) (i32.const 7))))
      (local.set $n (i32.shr_u (local.get $n) (i32.const 7)))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $more (i32.le_u (local.get $place) (local.get $last)))))

  ;; Writes which local it is that so many others were used after.
  (func $local (param $rank i32)
    (local $index i32)
    (if (i32.ge_u (local.get $rank) (global.get $moved))
      (then (global.set $moved (i32.add (local.get $rank) (i32.const 1)))))
    (local.set $rank (i32.shl (local.get $rank) (i32.const 2)))
    (local.set $index (i32.load offset=1024 (local.get $rank)))
    (memory.copy (i32.const 1028) (i32.const 1024) (local.get $rank))
    (i32.store (i32.const 1024) (local.get $index))
    (if (i32.gt_u (local.get $index) (i32.const 127))
      (then
        (call $put (i32.or (local.get $index) (i32.const 128)))
        (local.set $index (i32.shr_u (local.get $index) (i32.const 7)))))
    (call $put (local.get $index)))

  (func $function
    (local $place i32) (local $n i32) (local $depth i32) (local $op i32) (local $kinds i32) (local $times i32)
    (loop $order
      (global.set $moved (local.tee $n (i32.sub (global.get $moved) (i32.const 1))))
      (i32.store offset=1024 (i32.shl (local.get $n) (i32.const 2)) (local.get $n))
      (br_if $order (local.get $n)))
    (global.set $moved (i32.const 1))
    (local.set $place (global.get $to))
    (global.set $to (i32.add (global.get $to) (i32.const 5)))
    (local.set $n (i32.shl (call $number (i32.const __OPCODES__)) (i32.const 1)))
    (block $declared
      (loop $locals
        (br_if $declared (i32.eqz (local.get $n)))
        (drop (call $number (i32.const __OPCODES__)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $locals)))
    (local.set $depth (i32.const 1))
    (loop $next
      (local.set $op (call $take))
      (if (i32.lt_u (local.tee $n (i32.sub (local.get $op) (i32.const 0xd3))) (i32.const 40))
        (then
          (call $put (i32.const 0x41))
          (i32.store (i32.const 32) (i32.add (i32.const 352) (i32.mul (local.get $n) (i32.const 5))))
          (drop (call $number (i32.const 32)))
          (br $next)))
      (if (i32.eq (local.get $op) (i32.const 0x41))
        (then
          (call $put (local.get $op))
          (drop (call $number (i32.const __NUMBERS__)))
          (br $next)))
      (if (i32.lt_u (local.tee $n (i32.sub (local.get $op) (i32.const 0xc5))) (i32.const 8))
        (then
          (call $put (i32.add (i32.const 0x20)
            (i32.add (i32.gt_u (local.get $n) (i32.const 3)) (i32.gt_u (local.get $n) (i32.const 5)))))
          (call $local (select (local.get $n) (i32.and (local.get $n) (i32.const 1))
            (i32.lt_u (local.get $n) (i32.const 4))))
          (br $next)))
      (local.set $times (i32.const -1))
      (if (i32.eq (local.get $op) (i32.const 0x27))
        (then
          (local.set $times (call $take))
          (local.set $op (call $take))))
      (call $put (local.get $op))
      (if (i32.lt_u (i32.sub (local.get $op) (i32.const 0x20)) (i32.const 3))
        (then
          (local.set $n (global.get $to))
          (local.set $kinds (call $number (i32.const __LOCALS__)))
          (global.set $to (local.get $n))
          (call $local (local.get $kinds))
          (br $next)))
      (if (i32.lt_u (local.tee $n (i32.sub (local.get $op) (i32.const 0x28))) (i32.const 23))
        (then (call $put (select (i32.load8_u offset=320 (local.get $n)) (local.get $times)
          (i32.lt_s (local.get $times) (i32.const 0))))))
      (local.set $kinds (i32.load8_u offset=64 (local.get $op)))
      (local.set $times (i32.const 1))
      (if (i32.lt_u (i32.sub (local.get $op) (i32.const 2)) (i32.const 3))
        (then (local.set $depth (i32.add (local.get $depth) (i32.const 1)))))
      (if (i32.eq (local.get $op) (i32.const 0x0b))
        (then (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))))
      (if (i32.eq (local.get $op) (i32.const 0x0e))
        (then
          (local.set $times (i32.add (call $number (i32.const __OPCODES__)) (i32.const 1)))
          (local.set $kinds (i32.const __DEPTHS__))))
      (if (i32.eq (local.get $op) (i32.const 0xfc))
        (then
          (if (i32.gt_u (local.tee $n (call $number (i32.const __OPCODES__))) (i32.const 7))
            (then
              (local.set $kinds (i32.const __ONE_MORE__))
              (if (i32.and (i32.lt_u (local.get $n) (i32.const 15)) (i32.eqz (i32.and (local.get $n) (i32.const 1))))
                (then (local.set $kinds (i32.const __TWO_MORE__))))))))
      (if (i32.lt_u (local.tee $n (i32.sub (local.get $op) (i32.const 0x43))) (i32.const 2))
        (then
          (local.set $n (i32.shl (i32.const 4) (local.get $n)))
          (loop $float
            (call $put (call $take))
            (br_if $float (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
      (block $done
        (loop $operands
          (br_if $done (i32.eqz (local.get $kinds)))
          (local.set $n (local.get $times))
          (loop $again
            (drop (call $number (i32.shl (i32.sub (i32.and (local.get $kinds) (i32.const 15)) (i32.const 1)) (i32.const 2))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.set $kinds (i32.shr_u (local.get $kinds) (i32.const 4)))
          (br $operands)))
      (br_if $next (local.get $depth)))
    (call $measure (local.get $place)))

  ;; Takes how long the file is; says where what comes of it ends.
  (func (export "j") (param $length i32) (result i32)
    (local $end i32) (local $head i32) (local $kept i32) (local $section i32) (local $functions i32) (local $tail i32) (local $n i32)
    (global.set $to (local.tee $end (i32.add (local.get $length) (i32.const 4096))))
    (i32.store (i32.const 32) (i32.const 4096))
    (local.set $head (call $number (i32.const 32)))
    (loop $lengths
      (i32.store (local.get $kept) (call $number (i32.const 32)))
      (br_if $lengths (i32.lt_u (local.tee $kept (i32.add (local.get $kept) (i32.const 4))) (i32.const 32))))
    (memory.copy (local.get $end) (i32.load (i32.const 32)) (local.get $head))
    (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (local.get $head)))
    ;; From the last stream to the first, each ends where the one behind it begins.
    (local.set $n (local.get $end))
    (loop $places
      (local.set $kept (i32.sub (local.get $kept) (i32.const 4)))
      (i32.store (local.get $kept) (local.tee $n (i32.sub (local.get $n) (i32.load (local.get $kept)))))
      (br_if $places (local.get $kept)))
    (global.set $to (i32.add (local.get $end) (local.get $head)))
    (call $put (i32.const 10))
    (local.set $section (global.get $to))
    (global.set $to (i32.add (global.get $to) (i32.const 5)))
    (local.set $functions (call $number (i32.const 32)))
    (local.set $tail (i32.load (i32.const 32)))
    (local.set $n (i32.sub (i32.load (i32.const 0)) (local.get $tail)))
    (loop $each
      (call $function)
      (br_if $each (local.tee $functions (i32.sub (local.get $functions) (i32.const 1)))))
    (call $measure (local.get $section))
    (memory.copy (global.get $to) (local.get $tail) (local.get $n))
    (i32.add (global.get $to) (local.get $n))))
