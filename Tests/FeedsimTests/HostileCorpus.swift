import Testing

/// Small malformed or extreme inputs, and what must come of each: written by the project itself,
/// after a corpus of shapes that have broken other programs.
struct HostileInput: Sendable, CustomTestStringConvertible {
  enum Expected: Sendable {
    case accepted
    /// One message that names the file, this line, and contains this text (the key's path, or
    /// what is wrong where there is no key). Line 0 is any.
    case refused(line: Int, naming: String)
    /// Accepted or refused, but never a crash.
    case either
  }

  let name: String
  let bytes: [UInt8]
  let expected: Expected

  init(_ name: String, _ text: String, _ expected: Expected) {
    self.init(name, bytes: Array(text.utf8), expected)
  }

  init(_ name: String, bytes: [UInt8], _ expected: Expected) {
    self.name = name
    self.bytes = bytes
    self.expected = expected
  }

  var testDescription: String { name }
}

enum HostileCorpus {
  /// A plain valid scenario, small enough to run in a moment.
  static func scenario(
    seed: String = "1", users: String = "1000", exponent: String = "2.276",
    maximum: String? = "100", duration: String = "60s",
    fanOut: String = "{policy: hybrid, pushBelow: 50, pullFrom: 100}", more: String = ""
  ) -> String {
    let cut = maximum.map { ", maximum: \($0)" } ?? ""
    return """
      feedsim: 1
      seed: \(seed)
      duration: \(duration)
      warmUp: 10s
      replications: 1
      audience:
        users: \(users)
        graph: {kind: powerLaw, meanFollows: 10, exponent: \(exponent)\(cut)}
      fanOut: \(fanOut)
      \(more)
      """
  }

  private static func users(_ name: String, _ text: String) -> HostileInput {
    HostileInput(name, scenario(users: text), .refused(line: 7, naming: "audience.users"))
  }

  private static func exponent(_ name: String, _ text: String) -> HostileInput {
    HostileInput(
      name, scenario(exponent: text), .refused(line: 8, naming: "audience.graph.exponent"))
  }

  private static func duration(_ name: String, _ text: String) -> HostileInput {
    HostileInput(name, scenario(duration: text), .refused(line: 3, naming: "duration"))
  }

  /// What is wrong with the text, whatever its keys mean.
  static let texts: [HostileInput] = [
    HostileInput("y02_comment_only", "# nothing\n", .refused(line: 1, naming: "empty")),
    HostileInput("y04_list_root", "- a\n- b\n", .refused(line: 1, naming: "list")),
    HostileInput(
      "y06_dup_nested", "seed: 1\naudience:\n  users: 1\n  users: 2\n",
      .refused(line: 4, naming: "audience.users")),
    HostileInput(
      "y10_tab_indent", "seed: 1\naudience:\n\tusers: 2\n", .refused(line: 3, naming: "audience")),
    HostileInput(
      "y12_trunc_mid", "seed: 1\nduration: 60s\naudience: {users: 10, graph:",
      .refused(line: 0, naming: "audience.graph")),
    HostileInput(
      "y62_badutf8", bytes: Array(scenario().utf8) + Array("name: ".utf8) + [0xFF, 0xFE, 0x0A],
      .refused(line: 10, naming: "name")),
    HostileInput(
      "y64_utf16", bytes: [0xFF, 0xFE] + scenario().utf8.flatMap { [$0, 0] },
      .refused(line: 1, naming: "UTF-16")),
    HostileInput(
      "y66_bomb9",
      "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + (1...8).map { level in
          let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
          return "a\(level): &a\(level) [\(uses)]\n"
        }.joined(),
      .refused(line: 1, naming: "a0")),
    HostileInput(
      "y66_bomb9_as_key",
      "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + (1...8).map { level in
          let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
          return "a\(level): &a\(level) [\(uses)]\n"
        }.joined() + "? *a8\n: 1\n",
      .refused(line: 1, naming: "a0")),
    HostileInput(
      "y68_mergebomb",
      "m0: &m0 {k0: 1}\n"
        + (1...8).map { level in
          let uses = Array(repeating: "*m\(level - 1)", count: 9).joined(separator: ",")
          return "m\(level): &m\(level)\n  <<: [\(uses)]\n  k\(level): 1\n"
        }.joined(),
      .refused(line: 1, naming: "m0")),
    HostileInput(
      "y70_deep",
      String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
      .refused(line: 1, naming: "deeper")),
    HostileInput(
      "y70_deep_dashes", "a:\n  " + String(repeating: "- ", count: 100_000) + "x\n",
      .refused(line: 2, naming: "deeper")),
    HostileInput(
      "y72_undef_alias", "audience:\n  users: *nope\n",
      .refused(line: 2, naming: "audience.users")),
    HostileInput(
      "y74_tag", "audience:\n  users: !!python/object/apply:os.system [\"id\"]\n",
      .refused(line: 2, naming: "audience.users")),
    HostileInput(
      "two_documents", scenario() + "---\nseed: 2\n", .refused(line: 10, naming: "document")),
    HostileInput(
      "large", scenario() + String(repeating: "# bulk\n", count: 300_000),
      .refused(line: 1, naming: "larger")),
    HostileInput("nul", "seed: \0\n", .refused(line: 1, naming: "seed")),
    HostileInput("empty", "", .refused(line: 1, naming: "empty")),
    HostileInput(
      "y58_selfref_import", scenario(more: "extends: y58_selfref_import.yaml"),
      .refused(line: 10, naming: "extends")),
  ]

  /// What is wrong with the values, or with what they mean together.
  static let values: [HostileInput] = [
    HostileInput("y00_ok", scenario(), .accepted),
    HostileInput("y08_case_key", scenario(more: "Seed: 5"), .refused(line: 10, naming: "Seed")),
    users("y14_neg_users", "-5"),
    users("y16_frac_users", "1000.5"),
    users("y18_huge_users", "99999999999999999999999999"),
    users("y20_octal_users", "010"),
    users("y20_sexagesimal_users", "1:30:00"),
    users("y22_comma_thousands", "1,000,000"),
    users("y24_hex", "0x3E8"),
    users("y26_null", "~"),
    users("y28_yes", "yes"),
    users("y30_plus", "+1000"),
    HostileInput("y32_seed_max", scenario(seed: "18446744073709551615"), .accepted),
    HostileInput(
      "y32_seed_above", scenario(seed: "18446744073709551616"), .refused(line: 2, naming: "seed")),
    exponent("y34_gamma", ".nan"),
    exponent("y34_gamma_bare", "nan"),
    exponent("y36_gamma", ".inf"),
    exponent("y38_gamma_1e400", "1e400"),
    exponent("y40_gamma_negative", "-2.276"),
    HostileInput(
      "y42_gamma_2_endless", scenario(exponent: "2.0", maximum: nil),
      .refused(line: 8, naming: "audience.graph.exponent")),
    HostileInput("y42_gamma_2_cut", scenario(exponent: "2.0"), .accepted),
    duration("y44_duration_negative", "-60s"),
    duration("y46_duration_unit", "60 parsecs"),
    duration("y48_duration", ".inf"),
    duration("duration_bare", "60"),
    HostileInput(
      "y50_thr_reversed", scenario(fanOut: "{policy: hybrid, pushBelow: 1000000, pullFrom: 10000}"),
      .refused(line: 9, naming: "fanOut")),
    HostileInput("y52_kmax_gt_users", scenario(maximum: "1000000"), .either),
    HostileInput(
      "y54_overload",
      scenario(
        more: """
          tiers:
            gateway: {servers: 1, visit: constant(1s)}
          """
      ).replacing(
        "\nfanOut:", with: "\n  activity: {postsPerDay: 1, loadsPerDay: 20k}\nfanOut:"), .accepted),
    HostileInput(
      "y56_weights", scenario(more: "engagement: {likes: 70%, comments: 70%}"),
      .refused(line: 10, naming: "engagement")),
    HostileInput("y60_bom", "\u{FEFF}" + scenario(), .accepted),
    HostileInput("crlf", scenario().replacing("\n", with: "\r\n"), .accepted),
  ]

  static let traces: [HostileInput] = [
    HostileInput("t00_ok", "time,key,size\n0.0,a,1\n1.5,b,2\n", .accepted),
    HostileInput("t02_negtime", "time,key,size\n-1,a,1\n", .refused(line: 2, naming: "time")),
    HostileInput("t04_cols", "time,key,size\n0,a\n", .refused(line: 2, naming: "2 columns")),
    HostileInput("t06_bigger_than_cache", "time,key,size\n0,a,999999999999\n", .accepted),
    HostileInput("t08_unterminated", "time,key,size\n0,\"a,1\n", .refused(line: 2, naming: "key")),
    HostileInput(
      "t10_same_time", "time,key,size\n" + String(repeating: "1,a,1\n", count: 50), .accepted),
    HostileInput("t12_semicolon", "time;key;size\n0,5;a;1\n", .refused(line: 1, naming: "key")),
    HostileInput("quotes", "key,size\r\n\"a,\"\"b\",1\r\na,2\r\n", .accepted),
    HostileInput("size_negative", "key,size\na,-1\n", .refused(line: 2, naming: "size")),
    HostileInput("size_nan", "key,size\na,nan\n", .refused(line: 2, naming: "size")),
    HostileInput("key_empty", "key,size\n,1\n", .refused(line: 2, naming: "key")),
    HostileInput("header_only", "key,size\n", .refused(line: 1, naming: "no requests")),
    HostileInput("empty", "", .refused(line: 1, naming: "empty")),
    HostileInput(
      "binary", bytes: (0...255).map { UInt8($0) }, .refused(line: 1, naming: "no text")),
    HostileInput(
      "broken_zstd", bytes: [0x28, 0xB5, 0x2F, 0xFD, 0xFF, 0xFF, 0, 1, 2],
      .refused(line: 0, naming: "decompress")),
    HostileInput(
      "long_row", "key\n" + String(repeating: "x", count: 1_000_000),
      .refused(line: 2, naming: "longer")),
  ]

  static let graphs: [HostileInput] = [
    HostileInput("g00_ok", "# src dst\n0 1\n1 2\n2 0\n", .accepted),
    HostileInput("g02_selfloop", "0 0\n0 1\n", .either),
    HostileInput("g04_text", "0 1\nalice bob\n", .refused(line: 2, naming: ".edges")),
    HostileInput("g06_over", "0 18446744073709551616\n", .refused(line: 1, naming: ".edges")),
    HostileInput("g08_onecol", "0\n1\n", .refused(line: 1, naming: ".edges")),
    HostileInput("g10_crlf_tab", "0\t1\r\n1\t2\r\n", .accepted),
    HostileInput(
      "g12_bin", bytes: (0...255).map { UInt8($0) }, .refused(line: 0, naming: ".edges")),
  ]
}
