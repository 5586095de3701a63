#pragma once
#include "shim_vectors.h"

/* Features of posts, eight posts at a time, with the same promise as every loop of
   `shim_vectors.h`: the same bits on every processor. */

typedef unsigned feedsim_uint8 __attribute__((vector_size(32), aligned(4)));
typedef unsigned char feedsim_uchar8 __attribute__((vector_size(8), aligned(1)));
typedef double feedsim_double8 __attribute__((vector_size(64), aligned(8)));
typedef long long feedsim_long8 __attribute__((vector_size(64), aligned(8)));

/// What features are made from: of each post and its viewer in arrays of their own, which may be
/// read up to the next multiple of eight places; and of all alike.
typedef struct {
  /// Four each: likes, comments, shares, impressions.
  unsigned *counters;
  /// When they were, and it is now, in milliseconds since the run's start.
  int *stored;
  double now;
  /// Of the author.
  unsigned *followers;
  /// Of the viewer with the author.
  float *interactions;
  /// The type, 0 ... 3, and above its eight bits the country.
  unsigned *kinds;
  /// The viewer's interest in the topic and, by type, taste.
  float *interests, *tastes;
  /// The quantised feature.
  float *trends;
  /// 0 for posts of those whom the viewer follows.
  unsigned char *sources;
  /// How often an impression usually brings one.
  float likes, comments, shares;
  /// Of the viewer.
  int country;
  int is_on_phone;
} feedsim_feature_inputs;

/* `chordLogarithm` of Observations.swift. */
FEEDSIM_BODY feedsim_float8 feedsim_chord(feedsim_float8 x) {
#pragma clang fp contract(off)
  return __builtin_convertvector((feedsim_int8)x - 0x3f800000, feedsim_float8) * 0x1p-23f;
}

FEEDSIM_BODY feedsim_float8 feedsim_rate(
    feedsim_float8 count, float usual, feedsim_float8 shown) {
#pragma clang fp contract(off)
  return feedsim_chord((count / usual + 50) / (shown + 50)) / 4;
}

/* A place of a column of quantised features; 0 beyond the last post. */
FEEDSIM_BODY void feedsim_set(
    float *columns, ptrdiff_t stride, int feature, feedsim_int8 mask, feedsim_float8 whole) {
  *(feedsim_float8 *)(columns + feature * stride) = (feedsim_float8)((feedsim_int8)whole & mask);
}

/* `FeatureBatch.quantised` of what is a number. */
FEEDSIM_BODY void feedsim_set_quantised(
    float *columns, ptrdiff_t stride, int feature, feedsim_int8 mask, feedsim_float8 value) {
#pragma clang fp contract(off)
  const feedsim_float8 shifter = feedsim_all(0x1.8p23f);
  const feedsim_float8 one = feedsim_all(256);
  feedsim_float8 whole = (value * 256 + shifter) - shifter;
  whole = feedsim_either((feedsim_int8)(whole > -one), whole, -one);
  whole = feedsim_either((feedsim_int8)(whole < one), whole, one);
  feedsim_set(columns, stride, feature, mask, whole);
}

/* Doubles hold milliseconds exactly, so the difference is rounded once, as a float. */
FEEDSIM_BODY feedsim_float8 feedsim_hours(const int *stored, double now) {
#pragma clang fp contract(off)
  feedsim_double8 age =
      now - __builtin_convertvector(*(const feedsim_int8 *)stored, feedsim_double8);
  age = (feedsim_double8)((feedsim_long8)age & (age > 0));
  return __builtin_convertvector(age, feedsim_float8) / 3600000;
}

/* Columns are numbered as `Feature` is. */
FEEDSIM_BODY void feedsim_write_eight(
    const int is_all, const feedsim_feature_inputs *in, ptrdiff_t row, feedsim_int8 mask,
    float *columns, ptrdiff_t stride) {
#pragma clang fp contract(off)
  const feedsim_uint8 *counters = (const feedsim_uint8 *)(in->counters + 4 * row);
  const feedsim_uint8 a =
      __builtin_shufflevector(counters[0], counters[1], 0, 4, 8, 12, 1, 5, 9, 13);
  const feedsim_uint8 b =
      __builtin_shufflevector(counters[2], counters[3], 0, 4, 8, 12, 1, 5, 9, 13);
  const feedsim_uint8 c =
      __builtin_shufflevector(counters[0], counters[1], 2, 6, 10, 14, 3, 7, 11, 15);
  const feedsim_uint8 d =
      __builtin_shufflevector(counters[2], counters[3], 2, 6, 10, 14, 3, 7, 11, 15);
#define FEEDSIM_FLOATS(x) __builtin_convertvector(x, feedsim_float8)
  const feedsim_float8 likes =
      FEEDSIM_FLOATS(__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11));
  const feedsim_float8 comments =
      FEEDSIM_FLOATS(__builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15));
  const feedsim_float8 shares =
      FEEDSIM_FLOATS(__builtin_shufflevector(c, d, 0, 1, 2, 3, 8, 9, 10, 11));
  const feedsim_float8 shown =
      FEEDSIM_FLOATS(__builtin_shufflevector(c, d, 4, 5, 6, 7, 12, 13, 14, 15));
  const feedsim_float8 followers = FEEDSIM_FLOATS(*(const feedsim_uint8 *)(in->followers + row));
#undef FEEDSIM_FLOATS
  const feedsim_float8 interactions = *(const feedsim_float8 *)(in->interactions + row);
  const feedsim_float8 interest = *(const feedsim_float8 *)(in->interests + row);
  const feedsim_float8 hours = feedsim_hours(in->stored + row, in->now);
  const feedsim_float8 rate = feedsim_rate(likes, in->likes, shown);
  const feedsim_float8 reactions = likes + comments + shares;
#define FEEDSIM_SET(feature, value) feedsim_set_quantised(columns, stride, feature, mask, value)
  FEEDSIM_SET(0, feedsim_chord(hours * 60 + 1) / 7 - 1);
  FEEDSIM_SET(1, 6 / (hours + 6));
  FEEDSIM_SET(2, feedsim_chord(followers + 1) / 10 - 1);
  FEEDSIM_SET(3, rate);
  FEEDSIM_SET(4, feedsim_rate(comments, in->comments, shown));
  FEEDSIM_SET(5, feedsim_rate(shares, in->shares, shown));
  FEEDSIM_SET(6, feedsim_chord(shown + 1) / 10 - 1);
  FEEDSIM_SET(7, feedsim_chord(reactions / (hours + 1) + 1) / 8);
  FEEDSIM_SET(8, feedsim_chord(interactions + 1) / 4 - 1);
  const feedsim_uint8 kind = *(const feedsim_uint8 *)(in->kinds + row);
  const feedsim_int8 type = (feedsim_int8)(kind & 0xff);
  const feedsim_float8 one = feedsim_all(256);
  for (int each = 0; each < 4; each++)
    feedsim_set(columns, stride, 9 + each, mask & (type == each), one);
  FEEDSIM_SET(13, interest);
  const feedsim_int8 source =
      __builtin_convertvector(*(const feedsim_uchar8 *)(in->sources + row), feedsim_int8);
  feedsim_set(columns, stride, 14, mask & (source != 0), one);
  feedsim_set(columns, stride, 15, mask, *(const feedsim_float8 *)(in->trends + row));
  if (!is_all) return;
  const feedsim_int8 phone = mask & -(in->is_on_phone != 0);
  feedsim_float8 taste = {0};
  for (int each = 0; each < 4; each++) {
    feedsim_set(columns, stride, 20 + each, phone & (type == each), one);
    taste = feedsim_either(type == each, feedsim_all(in->tastes[each]), taste);
  }
  FEEDSIM_SET(24, taste);
  FEEDSIM_SET(25, interest * 4 * rate);
  FEEDSIM_SET(26, interest * 4 * taste);
  FEEDSIM_SET(27, feedsim_chord(likes + 1) / 10 - 1);
  FEEDSIM_SET(28, feedsim_chord(comments + 1) / 10 - 1);
  feedsim_set(columns, stride, 29, mask & ((feedsim_int8)(kind >> 8) == in->country), one);
  FEEDSIM_SET(31, (feedsim_float8)((feedsim_int8)interest & 0x7fffffff));
#undef FEEDSIM_SET
}

FEEDSIM_BODY void feedsim_write_posts(
    const int is_all, const feedsim_feature_inputs *in, ptrdiff_t count, float *columns,
    ptrdiff_t stride) {
  const feedsim_int8 places = {0, 1, 2, 3, 4, 5, 6, 7};
  const feedsim_int8 all = places >= 0;
  ptrdiff_t row = 0;
  for (; row + 8 <= count; row += 8)
    feedsim_write_eight(is_all, in, row, all, columns + row, stride);
  if (row < count)
    feedsim_write_eight(is_all, in, row, places < (int)(count - row), columns + row, stride);
}

FEEDSIM_WIDE void feedsim_write_first_wide(
    const feedsim_feature_inputs *in, ptrdiff_t count, float *columns, ptrdiff_t stride) {
  feedsim_write_posts(0, in, count, columns, stride);
}

FEEDSIM_WIDE void feedsim_write_all_wide(
    const feedsim_feature_inputs *in, ptrdiff_t count, float *columns, ptrdiff_t stride) {
  feedsim_write_posts(1, in, count, columns, stride);
}

/// Writes features 0 ... 15 of `count` posts into columns that are `stride` apart; with `is_all`
/// also 20 ... 29 and 31. Up to the next multiple of eight rows they become 0.
static inline void feedsim_write_features(
    int is_all, const feedsim_feature_inputs *in, ptrdiff_t count, float *columns,
    ptrdiff_t stride) {
  if (feedsim_has_wide_vectors())
    return is_all ? feedsim_write_all_wide(in, count, columns, stride)
                  : feedsim_write_first_wide(in, count, columns, stride);
  if (is_all) return feedsim_write_posts(1, in, count, columns, stride);
  feedsim_write_posts(0, in, count, columns, stride);
}
