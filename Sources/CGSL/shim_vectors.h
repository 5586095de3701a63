#pragma once
#include <stddef.h>
#include <string.h>

/* Loops over vectors of eight floats, each compiled twice: for processors that have such (AVX2) and
   for any. Both do the same operations in the same order and never fuse a product with a sum, so
   they give the same bits. Pointers need no alignment; columns may be read up to the next multiple
   of eight rows. */

typedef float feedsim_float8 __attribute__((vector_size(32), aligned(4)));
typedef double feedsim_double4 __attribute__((vector_size(32), aligned(8)));
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

/// Makes each value max(0, value + its column's constant), up to the next multiple of eight rows.
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
  const feedsim_int8 above = (feedsim_int8)(x > most);
  const feedsim_int8 below = (feedsim_int8)(x < -most);
  x = (feedsim_float8)(((feedsim_int8)x & ~(above | below)) | ((feedsim_int8)most & above) |
                       ((feedsim_int8)-most & below));
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
