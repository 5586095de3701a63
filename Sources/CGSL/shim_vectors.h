#pragma once
#include <stddef.h>
#include <string.h>

/* Loops over vectors of eight floats, each compiled twice: for processors that have such (AVX2) and
   for any. Both do the same operations in the same order and never fuse a product with a sum, so
   they give the same bits. Pointers need no alignment; columns may be read up to the next multiple
   of eight rows. */

typedef float feedsim_float8 __attribute__((vector_size(32), aligned(4)));
typedef double feedsim_double4 __attribute__((vector_size(32), aligned(8)));
typedef float feedsim_float4 __attribute__((vector_size(16), aligned(4)));
typedef int feedsim_int4 __attribute__((vector_size(16), aligned(4)));
typedef unsigned feedsim_uint4 __attribute__((vector_size(16), aligned(4)));
typedef unsigned long long feedsim_ulong4 __attribute__((vector_size(32), aligned(8)));
typedef long long feedsim_long4 __attribute__((vector_size(32), aligned(8)));
typedef int feedsim_int8 __attribute__((vector_size(32), aligned(4)));

#define FEEDSIM_BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define FEEDSIM_WIDE static __attribute__((noinline, unused, target("avx2")))
#else
#define FEEDSIM_WIDE static __attribute__((noinline, unused))
#endif

/// Whether the processor has registers for eight floats.
static inline int feedsim_has_wide_vectors(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return 0;
#endif
}

FEEDSIM_BODY feedsim_float8 feedsim_all(float value) {
  return (feedsim_float8){value, value, value, value, value, value, value, value};
}

FEEDSIM_BODY feedsim_float8 feedsim_either(
    feedsim_int8 mask, feedsim_float8 yes, feedsim_float8 no) {
  return (feedsim_float8)(((feedsim_int8)yes & mask) | ((feedsim_int8)no & ~mask));
}

/* Sums of 8 times `vectors` rows, which stay in registers over all columns. */
FEEDSIM_BODY void feedsim_sum_rows(
    const int vectors, const float *columns, ptrdiff_t stride, ptrdiff_t width,
    const float *weights, float start, float *sums) {
#pragma clang fp contract(off)
  feedsim_float8 sum[8];
#pragma clang loop unroll(full)
  for (int place = 0; place < vectors; place++) sum[place] = feedsim_all(start);
  for (ptrdiff_t column = 0; column < width; column++, columns += stride) {
    const feedsim_float8 weight = feedsim_all(weights[column]);
#pragma clang loop unroll(full)
    for (int place = 0; place < vectors; place++)
      sum[place] += weight * ((const feedsim_float8 *)columns)[place];
  }
#pragma clang loop unroll(full)
  for (int place = 0; place < vectors; place++) ((feedsim_float8 *)sums)[place] = sum[place];
}

FEEDSIM_BODY void feedsim_sum_columns(
    const int vectors, const float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count,
    const float *weights, float start, float *sums) {
  const ptrdiff_t rows = 8 * vectors;
  ptrdiff_t row = 0;
  for (; row + rows <= count; row += rows)
    feedsim_sum_rows(vectors, columns + row, stride, width, weights, start, sums + row);
  if (row < count && count >= rows) {
    /* Some rows a second time, rather than the last ones a few at a time. */
    row = count - rows;
    return feedsim_sum_rows(vectors, columns + row, stride, width, weights, start, sums + row);
  }
  for (; row < count; row += 8) {
    float last[8];
    feedsim_sum_rows(1, columns + row, stride, width, weights, start, last);
    memcpy(sums + row, last, (size_t)(count - row < 8 ? count - row : 8) * sizeof(float));
  }
}

FEEDSIM_WIDE void feedsim_sum_columns_wide(
    const float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count,
    const float *weights, float start, float *sums) {
  feedsim_sum_columns(8, columns, stride, width, count, weights, start, sums);
}

/// For each of `count` rows the start and, column by column, weight times value.
static inline void feedsim_weighted_sums(
    const float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count,
    const float *weights, float start, float *sums) {
  if (feedsim_has_wide_vectors())
    return feedsim_sum_columns_wide(columns, stride, width, count, weights, start, sums);
  feedsim_sum_columns(4, columns, stride, width, count, weights, start, sums);
}

FEEDSIM_BODY void feedsim_rectify_columns(
    float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count, const float *constants) {
#pragma clang fp contract(off)
  const feedsim_float8 zero = {0};
  for (ptrdiff_t column = 0; column < width; column++, columns += stride) {
    const feedsim_float8 constant = feedsim_all(constants[column]);
#pragma clang loop unroll_count(4)
    for (ptrdiff_t row = 0; row < count; row += 8) {
      feedsim_float8 *place = (feedsim_float8 *)(columns + row);
      const feedsim_float8 sum = *place + constant;
      *place = (feedsim_float8)((feedsim_int8)sum & (feedsim_int8)(sum > zero));
    }
  }
}

FEEDSIM_WIDE void feedsim_rectify_wide(
    float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count, const float *constants) {
  feedsim_rectify_columns(columns, stride, width, count, constants);
}

/// Makes each value max(0, value + its column's constant), never -0, up to the next multiple of eight
/// rows.
static inline void feedsim_rectify(
    float *columns, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t count, const float *constants) {
  if (feedsim_has_wide_vectors())
    return feedsim_rectify_wide(columns, stride, width, count, constants);
  feedsim_rectify_columns(columns, stride, width, count, constants);
}

/* 1 / (1 + e^-x), where e^-x = 2^k e^r with |r| <= ln 2 / 2, and e^r is Taylor's series to r^6. */
FEEDSIM_BODY feedsim_float8 feedsim_logistic(feedsim_float8 x) {
#pragma clang fp contract(off)
  const feedsim_float8 one = feedsim_all(1);
  const feedsim_float8 most = one * 80;
  x = feedsim_either((feedsim_int8)(most < x), most, x);
  x = feedsim_either((feedsim_int8)(-most > x), -most, x);
  /* So large that there is no room for a fraction: the lowest bits are k. */
  const feedsim_float8 shifter = one * 0x1.8p23f;
  const feedsim_float8 shifted = shifter - x * 0x1.715476p0f;
  const feedsim_float8 k = shifted - shifter;
  /* ln 2 in two parts, the first of so few bits that its product is exact. */
  const feedsim_float8 r = (-x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f;
  feedsim_float8 series = r * (1 / 720.0f) + 1 / 120.0f;
  series = r * series + 1 / 24.0f;
  series = r * series + 1 / 6.0f;
  series = r * series + 0.5f;
  series = r * series + 1;
  series = r * series + 1;
  const feedsim_float8 power =
      (feedsim_float8)((feedsim_int8)series + ((feedsim_int8)shifted << 23));
  return one / (one + power);
}

FEEDSIM_BODY void feedsim_add_logistic(
    const float *logits, float weight, float *sums, ptrdiff_t count) {
#pragma clang fp contract(off)
  ptrdiff_t row = 0;
  for (; row + 8 <= count; row += 8)
    *(feedsim_float8 *)(sums + row) +=
        feedsim_logistic(*(const feedsim_float8 *)(logits + row)) * weight;
  if (row < count) {
    float last[8] = {0};
    memcpy(last, logits + row, (size_t)(count - row) * sizeof(float));
    const feedsim_float8 each = feedsim_logistic(*(const feedsim_float8 *)last) * weight;
    for (int place = 0; row < count; row++, place++) sums[row] += each[place];
  }
}

FEEDSIM_WIDE void feedsim_add_logistic_wide(
    const float *logits, float weight, float *sums, ptrdiff_t count) {
  feedsim_add_logistic(logits, weight, sums, count);
}

/// Adds weight times the probability that a logit stands for to each sum.
static inline void feedsim_add_probabilities(
    const float *logits, float weight, float *sums, ptrdiff_t count) {
  if (feedsim_has_wide_vectors())
    return feedsim_add_logistic_wide(logits, weight, sums, count);
  feedsim_add_logistic(logits, weight, sums, count);
}

FEEDSIM_BODY feedsim_float8 feedsim_low_halves(feedsim_float8 a, feedsim_float8 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
}

FEEDSIM_BODY feedsim_float8 feedsim_high_halves(feedsim_float8 a, feedsim_float8 b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}

/* Four places of eight rows, turned into four columns of eight. */
FEEDSIM_BODY void feedsim_turn(
    feedsim_float8 a, feedsim_float8 b, feedsim_float8 c, feedsim_float8 d,
    feedsim_float8 *columns) {
  const feedsim_float8 ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  const feedsim_float8 cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
  const feedsim_float8 ab2 = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  const feedsim_float8 cd2 = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
  columns[0] = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13);
  columns[1] = __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
  columns[2] = __builtin_shufflevector(ab2, cd2, 0, 1, 8, 9, 4, 5, 12, 13);
  columns[3] = __builtin_shufflevector(ab2, cd2, 2, 3, 10, 11, 6, 7, 14, 15);
}

FEEDSIM_BODY void feedsim_add_rows_body(
    const float *table, const unsigned char *numbers, ptrdiff_t count, ptrdiff_t width,
    float *columns, ptrdiff_t stride) {
  ptrdiff_t row = 0;
  for (; row + 8 <= count; row += 8) {
    const feedsim_float8 *rows[8];
#pragma clang loop unroll(full)
    for (int each = 0; each < 8; each++)
      rows[each] = (const feedsim_float8 *)(table + 8 * (ptrdiff_t)numbers[row + each]);
    feedsim_float8 turned[8];
    feedsim_turn(
        feedsim_low_halves(*rows[0], *rows[4]), feedsim_low_halves(*rows[1], *rows[5]),
        feedsim_low_halves(*rows[2], *rows[6]), feedsim_low_halves(*rows[3], *rows[7]), turned);
    feedsim_turn(
        feedsim_high_halves(*rows[0], *rows[4]), feedsim_high_halves(*rows[1], *rows[5]),
        feedsim_high_halves(*rows[2], *rows[6]), feedsim_high_halves(*rows[3], *rows[7]),
        turned + 4);
#pragma clang loop unroll(full)
    for (int column = 0; column < 8; column++)
      if (column < width) *(feedsim_float8 *)(columns + column * stride + row) += turned[column];
  }
  for (; row < count; row++)
    for (ptrdiff_t column = 0; column < width; column++)
      columns[column * stride + row] += table[8 * (ptrdiff_t)numbers[row] + column];
}

FEEDSIM_WIDE void feedsim_add_rows_wide(
    const float *table, const unsigned char *numbers, ptrdiff_t count, ptrdiff_t width,
    float *columns, ptrdiff_t stride) {
  feedsim_add_rows_body(table, numbers, count, width, columns, stride);
}

/// Adds, to place i of each of up to eight columns, what the table's row of eight with number i has
/// for the column.
static inline void feedsim_add_rows(
    const float *table, const unsigned char *numbers, ptrdiff_t count, ptrdiff_t width,
    float *columns, ptrdiff_t stride) {
  if (feedsim_has_wide_vectors())
    return feedsim_add_rows_wide(table, numbers, count, width, columns, stride);
  feedsim_add_rows_body(table, numbers, count, width, columns, stride);
}

FEEDSIM_BODY void feedsim_descend_body(
    double *weights, double *squares, const double *inputs, ptrdiff_t count, double error,
    double rate) {
#pragma clang fp contract(off)
  ptrdiff_t place = 0;
  for (; place + 4 <= count; place += 4) {
    const feedsim_double4 gradient = *(const feedsim_double4 *)(inputs + place) * error;
    const feedsim_double4 square =
        *(const feedsim_double4 *)(squares + place) + gradient * gradient;
    *(feedsim_double4 *)(squares + place) = square;
    *(feedsim_double4 *)(weights + place) -=
        gradient * rate / (__builtin_elementwise_sqrt(square) + 1);
  }
  for (; place < count; place++) {
    const double gradient = inputs[place] * error;
    squares[place] = squares[place] + gradient * gradient;
    weights[place] -= gradient * rate / (__builtin_elementwise_sqrt(squares[place]) + 1);
  }
}

FEEDSIM_WIDE void feedsim_descend_wide(
    double *weights, double *squares, const double *inputs, ptrdiff_t count, double error,
    double rate) {
  feedsim_descend_body(weights, squares, inputs, count, error, rate);
}

/// Adds the square of each gradient, error times input, to `squares`, and takes
/// rate * gradient / (1 + sqrt(squares)) from each weight.
static inline void feedsim_descend(
    double *weights, double *squares, const double *inputs, ptrdiff_t count, double error,
    double rate) {
  if (feedsim_has_wide_vectors())
    return feedsim_descend_wide(weights, squares, inputs, count, error, rate);
  feedsim_descend_body(weights, squares, inputs, count, error, rate);
}

/* `mix64` of RandomStream.swift. */
FEEDSIM_BODY feedsim_ulong4 feedsim_mix(feedsim_ulong4 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

FEEDSIM_BODY void feedsim_mix_body(
    const int scales, unsigned long long row, const unsigned *columns, ptrdiff_t count,
    unsigned long long seed, unsigned long long factor, unsigned long long *words) {
  for (ptrdiff_t place = 0; place < count; place += 4) {
    feedsim_ulong4 pairs =
        __builtin_convertvector(*(const feedsim_uint4 *)(columns + place), feedsim_ulong4);
    pairs |= row;
    if (scales) pairs *= factor;
    *(feedsim_ulong4 *)(words + place) = feedsim_mix(pairs ^ seed);
  }
}

FEEDSIM_WIDE void feedsim_mix_wide(
    const int scales, unsigned long long row, const unsigned *columns, ptrdiff_t count,
    unsigned long long seed, unsigned long long factor, unsigned long long *words) {
  if (scales) return feedsim_mix_body(1, row, columns, count, seed, factor, words);
  feedsim_mix_body(0, row, columns, count, seed, factor, words);
}

/// Draws a word for each pair of a row and a column: `mix64` of the seed and, exclusively or,
/// factor times both in a word, whose lower bits are the column's. Up to the next multiple of four
/// places are read and written.
static inline void feedsim_mix_pairs(
    unsigned long long row, const unsigned *columns, ptrdiff_t count, unsigned long long seed,
    unsigned long long factor, unsigned long long *words) {
  if (feedsim_has_wide_vectors())
    return feedsim_mix_wide(factor != 1, row, columns, count, seed, factor, words);
  feedsim_mix_body(factor != 1, row, columns, count, seed, factor, words);
}

/* `World.normal` of each word. */
FEEDSIM_BODY void feedsim_normals_body(
    const unsigned long long *words, ptrdiff_t count, float *normals) {
#pragma clang fp contract(off)
  for (ptrdiff_t place = 0; place < count; place += 4) {
    const feedsim_ulong4 word = *(const feedsim_ulong4 *)(words + place);
    const feedsim_ulong4 pairs = (word & 0xffff0000ffff) + (word >> 16 & 0xffff0000ffff);
    const feedsim_int4 sums =
        __builtin_convertvector((pairs & 0xffffffff) + (pairs >> 32), feedsim_int4);
    const feedsim_float4 floats = __builtin_convertvector(sums, feedsim_float4);
    *(feedsim_float4 *)(normals + place) = (floats * 0x1p-16f - 1.9999695f) * 1.7320508f;
  }
}

FEEDSIM_WIDE void feedsim_normals_wide(
    const unsigned long long *words, ptrdiff_t count, float *normals) {
  feedsim_normals_body(words, count, normals);
}

/// Makes a standard normal draw of each word, the sum of four uniforms. Up to the next multiple of
/// four places are read and written.
static inline void feedsim_normals(
    const unsigned long long *words, ptrdiff_t count, float *normals) {
  if (feedsim_has_wide_vectors()) return feedsim_normals_wide(words, count, normals);
  feedsim_normals_body(words, count, normals);
}

/* `expo` of Elementary.swift, step by step, where the result is no subnormal number. */
FEEDSIM_BODY feedsim_double4 feedsim_exponential(feedsim_double4 x) {
#pragma clang fp contract(off)
  const feedsim_double4 shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
  const feedsim_double4 whole = shifted - 0x1.8p52;
  const feedsim_double4 high = x - whole * 0x1.62e42fee00000p-1;
  const feedsim_double4 rest = 0 - whole * 0x1.a39ef35793c76p-33;
  const feedsim_double4 r = high + rest;
  const feedsim_double4 w = r * r;
  const feedsim_double4 q0 = r * 0x1.5555555555557p-3 + 0.5;
  const feedsim_double4 q1 = r * 0x1.11111111100bep-7 + 0x1.5555555555556p-5;
  const feedsim_double4 q2 = r * 0x1.a01a01abf85abp-13 + 0x1.6c16c16c162c3p-10;
  const feedsim_double4 q3 = r * 0x1.71de01fdbf9cap-19 + 0x1.a01a01a6e1e2ap-16;
  const feedsim_double4 q4 =
      r * (r * 0x1.1f7340dbc337ep-29 + 0x1.af4e554377204p-26) + 0x1.27e4db46cddd1p-22;
  const feedsim_double4 w2 = w * w;
  const feedsim_double4 series = (q0 + w * q1) + w2 * ((q2 + w * q3) + w2 * q4);
  const feedsim_double4 lost = (high - r) + rest;
  const feedsim_double4 value = (r + (w * series + lost)) + 1;
  return value * (feedsim_double4)(((feedsim_long4)shifted + 1023) << 52);
}

FEEDSIM_BODY void feedsim_grow_body(double *values, const float *logarithms, ptrdiff_t count) {
#pragma clang fp contract(off)
  ptrdiff_t place = 0;
  for (; place + 4 <= count; place += 4) {
    const feedsim_float4 each = *(const feedsim_float4 *)(logarithms + place);
    *(feedsim_double4 *)(values + place) *=
        feedsim_exponential(__builtin_convertvector(each, feedsim_double4) - 0.5);
  }
  if (place < count) {
    feedsim_double4 last = {0};
    for (ptrdiff_t each = place; each < count; each++) last[each - place] = logarithms[each];
    last = feedsim_exponential(last - 0.5);
    for (ptrdiff_t each = place; each < count; each++) values[each] *= last[each - place];
  }
}

FEEDSIM_WIDE void feedsim_grow_wide(double *values, const float *logarithms, ptrdiff_t count) {
  feedsim_grow_body(values, logarithms, count);
}

/// Multiplies each value by e to its logarithm less one half, with the bits of `expo`: log-normal
/// factors of mean 1. No logarithm is beyond +-700.
static inline void feedsim_grow(double *values, const float *logarithms, ptrdiff_t count) {
  if (feedsim_has_wide_vectors()) return feedsim_grow_wide(values, logarithms, count);
  feedsim_grow_body(values, logarithms, count);
}

/* How many values are no less than a bound. */
FEEDSIM_BODY ptrdiff_t feedsim_count_from(const int *values, ptrdiff_t count, int bound) {
  feedsim_int8 least;
  for (int place = 0; place < 8; place++) least[place] = bound;
  feedsim_int8 found[4] = {{0}};
  ptrdiff_t place = 0;
  for (; place + 32 <= count; place += 32)
#pragma clang loop unroll(full)
    for (int each = 0; each < 4; each++)
      found[each] += ((const feedsim_int8 *)(values + place))[each] < least;
  for (; place + 8 <= count; place += 8)
    found[0] += *(const feedsim_int8 *)(values + place) < least;
  const feedsim_int8 sums = found[0] + found[1] + found[2] + found[3];
  /* Each that is less has counted -1. */
  ptrdiff_t reached = place;
  for (int each = 0; each < 8; each++) reached += sums[each];
  for (; place < count; place++) reached += values[place] >= bound;
  return reached;
}

FEEDSIM_BODY ptrdiff_t feedsim_bisect(
    const int *values, ptrdiff_t count, ptrdiff_t wanted, int *bound) {
  long long low = values[0], high = values[0];
  for (ptrdiff_t place = 1; place < count; place++) {
    low = values[place] < low ? values[place] : low;
    high = values[place] > high ? values[place] : high;
  }
  ptrdiff_t reached = count;
  high++;
  while (high - low > 1 && reached > wanted) {
    const long long middle = low + (high - low) / 2;
    const ptrdiff_t found = feedsim_count_from(values, count, (int)middle);
    if (found < wanted) {
      high = middle;
    } else {
      low = middle;
      reached = found;
    }
  }
  *bound = (int)low;
  return reached;
}

FEEDSIM_WIDE ptrdiff_t feedsim_bisect_wide(
    const int *values, ptrdiff_t count, ptrdiff_t wanted, int *bound) {
  return feedsim_bisect(values, count, wanted, bound);
}

/// Finds a bound that `wanted` of the values, at least one and at most all, reach; more only where
/// several are equal to it. Returns how many do. Some 12 passes over a thousand values, of eight at
/// a time and without a branch that depends on one.
static inline ptrdiff_t feedsim_find_bound(
    const int *values, ptrdiff_t count, ptrdiff_t wanted, int *bound) {
  if (feedsim_has_wide_vectors()) return feedsim_bisect_wide(values, count, wanted, bound);
  return feedsim_bisect(values, count, wanted, bound);
}
