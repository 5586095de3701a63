import Settings
import Testing

/// The message a parser refuses a text with; nil when it accepts.
func refusal<Value>(_ parse: (String) throws -> Value, _ text: String) -> String? {
  do {
    _ = try parse(text)
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct QuantityTests {
  @Test(arguments: [
    ("0", 0), ("1000", 1000), ("10k", 10_000), ("1M", 1_000_000), ("1.5M", 1_500_000),
    ("3G", 3_000_000_000), ("3B", 3_000_000_000), ("1T", 1_000_000_000_000), ("1e6", 1_000_000),
    ("2.5e1", 25), ("10 k", 10_000), ("1.000", 1), ("0.001k", 1), ("1000e-3", 1),
    ("9223372036854775807", Int.max),
  ])
  func counts(_ text: String, _ value: Int) throws {
    #expect(try Quantity.count(text) == value)
  }

  @Test(arguments: [
    "", " ", "+1000", "-5", "1000.5", "010", "00", "0x3E8", "1,000,000", "1_000", "~", "yes",
    "nan", ".nan", "inf", ".inf", "1e400", "99999999999999999999999999", "9223372036854775808",
    "10K", "1.", ".5", "1:30:00", "1e", "5%", "10kk", "1.2.3", "1.0000000000000000001",
    "١٢", "9999999999999999999999999999999999999999999", "1e100000000000000000000",
  ])
  func refusesAsCount(_ text: String) {
    #expect(refusal(Quantity.count, text) != nil)
  }

  @Test func readsSeedsExactly() throws {
    #expect(try Quantity.unsigned("18446744073709551615") == UInt64.max)
    #expect(refusal(Quantity.unsigned, "18446744073709551616")?.contains("too large") == true)
  }

  @Test(arguments: [
    ("0ns", 0), ("1ns", 1), ("200ms", 200_000_000), ("5us", 5000), ("5µs", 5000),
    ("1.5s", 1_500_000_000), ("10m", 600_000_000_000), ("10min", 600_000_000_000),
    ("24h", 86_400_000_000_000), ("7d", 604_800_000_000_000), ("60 s", 60_000_000_000),
    ("0.1s", 100_000_000), ("1e-9s", 1), ("9223372036854775807ns", Int64.max),
  ])
  func times(_ text: String, _ value: Int64) throws {
    #expect(try Quantity.nanoseconds(text) == value)
  }

  /// Points in time: a bare number is in seconds, and digits beyond nanoseconds are rounded.
  @Test(arguments: [
    ("0", 0), ("1.5", 1_500_000_000), ("1500ms", 1_500_000_000), ("2min", 120_000_000_000),
    ("0.30000000000000004", 300_000_000), ("1.0000000006", 1_000_000_001), ("1.5ns", 2),
    ("1700000000.123456789", 1_700_000_000_123_456_789), ("9223372036854775807ns", Int64.max),
  ])
  func instants(_ text: String, _ value: Int64) throws {
    #expect(try Quantity.instant(text) == value)
  }

  @Test(arguments: [
    ("-1", "\"-1\" is negative"), ("nan", "not a number"), ("1e12", "too large"),
    ("1e400", "too large"), ("5 parsecs", "unknown unit"), ("1k", "unknown unit"),
    ("9223372036854775808ns", "too large"), ("", "empty"),
  ])
  func refusesAsInstant(_ text: String, _ part: String) {
    let message = refusal(Quantity.instant, text)
    #expect(message?.contains(part) == true, "\(message ?? "accepted")")
  }

  @Test(arguments: [
    ("60", "needs a unit"), ("0", "needs a unit"), ("-60s", "negative"),
    ("60 parsecs", "unknown unit \"parsecs\""), (".inf", "not a number"),
    ("60sec", "did you mean \"s\"?"), ("5 hours", "did you mean \"h\"?"),
    ("1.5ns", "finer than a nanosecond"), ("300000d", "too large; the most is 292 years"),
    ("1h30m", "unknown unit"), ("9223372036854775808ns", "too large"), ("5MS", "did you mean"),
  ])
  func refusesAsTime(_ text: String, _ part: String) {
    let message = refusal(Quantity.nanoseconds, text)
    #expect(message?.contains(part) == true, "\(message ?? "accepted")")
  }

  @Test(arguments: [
    ("0B", 0), ("512B", 512), ("1kB", 1000), ("5MB", 5_000_000), ("1.5GB", 1_500_000_000),
    ("2TB", 2_000_000_000_000), ("2KiB", 2048), ("1MiB", 1 << 20), ("0.5GiB", 1 << 29),
    ("1TiB", 1 << 40),
  ])
  func bytes(_ text: String, _ value: Int) throws {
    #expect(try Quantity.bytes(text) == value)
  }

  @Test(arguments: [
    ("5", "needs a unit"), ("5KB", "did you mean \"kB\"?"), ("1.5B", "whole bytes"),
  ])
  func refusesAsBytes(_ text: String, _ part: String) {
    #expect(refusal(Quantity.bytes, text)?.contains(part) == true)
  }

  @Test(
    arguments: [
      ("30%", 0.3), ("0.3", 0.3), ("0%", 0), ("100%", 1), ("1", 1), ("0.1%", 0.001),
      ("12.5 %", 0.125),
    ] as [(String, Double)])
  func shares(_ text: String, _ value: Double) throws {
    #expect(try Quantity.share(text) == value)
  }

  @Test(arguments: ["101%", "-1%", "1.01", "50", "30k", "nan", "1e-400x"])
  func refusesAsShare(_ text: String) {
    #expect(refusal(Quantity.share, text) != nil)
  }

  @Test(
    arguments: [
      ("800/s", 800.0), ("10k/min", 166.666_666_666_666_67),
      ("20/h", 0.005_555_555_555_555_556), ("0.5/day", 5.787_037_037_037_037e-06),
      ("0.5/d", 5.787_037_037_037_037e-06), ("0/s", 0), ("1.5M / s", 1_500_000),
    ] as [(String, Double)])
  func rates(_ text: String, _ value: Double) throws {
    #expect(try Quantity.rate(text) == value)
  }

  @Test(arguments: [
    ("800", "needs a unit"), ("800/sec", "unknown unit \"/sec\""), ("-1/s", "negative"),
    ("/s", "empty"), ("1e400/s", "too large"), ("8/s/s", "unknown unit"),
  ])
  func refusesAsRate(_ text: String, _ part: String) {
    let message = refusal(Quantity.rate, text)
    #expect(message?.contains(part) == true, "\(message ?? "accepted")")
  }

  @Test func readsNumbersNearest() throws {
    #expect(try Quantity.number("2.276") == 2.276)
    #expect(try Quantity.number("-1e-3") == -0.001)
    #expect(try Quantity.number("1.1k") == 1100)
    #expect(
      try Quantity.number("123456789012345678901234567890123456789012") == 1.2345678901234568e41)
    for text in ["+1", "1e400", "-1e400", ".nan", "nan", "inf", "010", "1e9999999", "0x10", "5s"] {
      #expect(refusal(Quantity.number, text) != nil, "\(text)")
    }
  }

  @Test func readsMoneyAndFlags() throws {
    #expect(try Quantity.money("12000 USD") == 12000)
    #expect(try Quantity.money("12.5k USD") == 12500)
    #expect(refusal(Quantity.money, "12000")?.contains("currency") == true)
    #expect(refusal(Quantity.money, "12000 EUR")?.contains("currency") == true)
    #expect(refusal(Quantity.money, "-1 USD")?.contains("negative") == true)
    #expect(try Quantity.flag("true") && !Quantity.flag("false"))
    for text in ["yes", "no", "True", "on", "1", ""] {
      #expect(refusal(Quantity.flag, text) != nil, "\(text)")
    }
  }

  /// A text of a range's kind is a place on its axis, within the range or not.
  @Test(
    arguments: [
      ("1k", "1M", "20", 20), ("1k", "1M", "3k", 3000), ("10ms", "1s", "2s", 2e9),
      ("10%", "50%", "5%", 5), ("1kB", "1MB", "3B", 3), ("1k", "1G", "2B", 2e9),
      ("8/s", "2k/s", "1k/s", 1000), ("1k", "1M", "2s", nil), ("10%", "50%", "0.3", nil),
      ("10ms", "1s", "", nil), ("1k", "1M", "push", nil), ("8/s", "2k/s", "9/min", nil),
    ] as [(String, String, String, Double?)])
  func placesOnARange(_ low: String, _ high: String, _ text: String, _ value: Double?) throws {
    #expect(try QuantityRange(low, high).value(of: text) == value)
  }
}
