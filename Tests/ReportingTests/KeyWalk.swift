import Settings

/// A scenario as it is written, in one line.
indirect enum Written {
  case text(String)
  case list([Written])
  case map([(key: String, value: Written)])

  var text: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .list(let elements): "[" + elements.map(\.text).joined(separator: ", ") + "]"
    case .map(let entries):
      "{" + entries.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
    }
  }
}

/// Goes over all keys that a reader tells of, each in a map that is otherwise as small as it may
/// be. A map that may stand in several places, as a stage's may, has one reader and one definition
/// in the schema: it is gone into where it stands first.
struct KeyWalk {
  typealias Entries = [(key: String, value: Written)]

  /// One key with one value.
  struct Step {
    var path: String
    var isNeeded: Bool
    /// The whole scenario; the same with the key spelt otherwise; and without it.
    var written: Written
    var misspelt: Written
    var without: Written
  }

  private var steps: [Step] = []
  private var visited: [Shape.Keys] = []

  static func walk(_ keys: Shape.Keys) -> [Step] {
    var walk = KeyWalk()
    walk.visit(keys, "") { $0 }
    return walk.steps
  }

  /// Every key's name, wherever it stands.
  static func names(of keys: Shape.Keys) -> [String] {
    let branches = keys.branches.flatMap(\.cases).flatMap { names(of: $0.keys) }
    return keys.list.flatMap { [$0.name] + names(in: $0.shape) } + branches
  }

  private static func names(in shape: Shape) -> [String] {
    switch shape {
    case .keys(let keys), .variants(let keys): names(of: keys)
    case .list(let element): names(in: element)
    case .part(let cases): cases.flatMap { [$0.name] + names(of: $0.keys) }
    case .either(let shapes): shapes.flatMap(names)
    case .scalar, .flag, .words, .anything: []
    }
  }

  // MARK: - The walk

  /// - Parameter whole: the scenario around a map's entries.
  private mutating func visit(
    _ keys: Shape.Keys, _ path: String, _ whole: (Entries) -> Entries
  ) {
    for key in keys.list {
      let branch = keys.branches.first { $0.key == key.name }
      let dependent = branch?.cases.flatMap(\.keys.list).map(\.name) ?? []
      let others = Self.least(keys).filter {
        $0.key != key.name && !dependent.contains($0.key)
      }
      let place = Setting.join(path, key.name)
      if let branch {
        for part in branch.cases {
          let chosen = others + [(key.name, .text(part.name))] + Self.least(part.keys)
          add(key, path, chosen, whole)
          for own in part.keys.list {
            for value in Self.values(own.shape) {
              add(own, path, chosen.filter { $0.key != own.name } + [(own.name, value)], whole)
            }
          }
        }
        continue
      }
      for value in Self.values(key.shape) {
        add(key, path, others + [(key.name, value)], whole)
      }
      for (within, wrap) in Self.maps(in: key.shape) where !visited.contains(within) {
        if !within.list.isEmpty { visited.append(within) }
        visit(within, place) { whole(others + [(key.name, wrap(.map($0)))]) }
      }
    }
  }

  private mutating func add(
    _ key: Shape.Key, _ path: String, _ entries: Entries, _ whole: (Entries) -> Entries
  ) {
    let misspelt = entries.map { $0.key == key.name ? (key: key.name + "x", value: $0.value) : $0 }
    steps.append(
      Step(
        path: Setting.join(path, key.name), isNeeded: key.isNeeded || key.neededWithout != nil,
        written: .map(whole(entries)), misspelt: .map(whole(misspelt)),
        without: .map(whole(entries.filter { $0.key != key.name }))))
  }

  /// The keys that must be there.
  private static func least(_ keys: Shape.Keys) -> Entries {
    keys.list.filter { $0.isNeeded || $0.neededWithout != nil }.flatMap { key -> Entries in
      let own = (key: key.name, value: values(key.shape)[0])
      let branch = keys.branches.first { $0.key == key.name }
      return [own] + least(branch?.cases[0].keys ?? Shape.Keys())
    }
  }

  /// The maps that a value may hold, and the value around one.
  private static func maps(in shape: Shape) -> [(Shape.Keys, (Written) -> Written)] {
    switch shape {
    case .keys(let keys): return [(keys, { $0 })]
    case .variants(let keys): return [(keys, { .map([("d", $0)]) })]
    case .list(let element):
      return maps(in: element).map { keys, wrap in (keys, { .list([wrap($0)]) }) }
    case .part(let cases):
      return cases.map { part in (part.keys, { .map([(part.name, $0)]) }) }
    case .either(let shapes): return shapes.flatMap(maps)
    case .scalar, .flag, .words, .anything: return []
    }
  }

  private static func values(_ shape: Shape) -> [Written] {
    switch shape {
    case .scalar(let scalar): [.text(usual(scalar))]
    case .flag: [.text("true"), .text("false")]
    case .words(let words): words.map { .text($0) }
    case .list(let element): [.list(values(element))]
    case .keys(let keys): [.map(least(keys))]
    case .variants: [.map([("d", .map([]))])]
    case .part(let cases):
      cases.flatMap { part -> [Written] in
        [.text(part.name), .map([(part.name, .map(least(part.keys)))])]
      }
    case .either(let shapes): shapes.flatMap(values)
    case .anything: []
    }
  }

  private static func usual(_ scalar: Shape.Scalar) -> String {
    let count = Int(max(scalar.least ?? 10, min(10, scalar.most ?? 10)))
    let usual = [
      ("a count", "\(count)"), ("a number of bytes", "1kB"),
      ("a number", "\(min(3, scalar.most ?? 3))"), ("a share", "50%"), ("a rate", "10/s"),
      ("a length of time", "1s"), ("a distribution", "constant(1ms)"),
      ("a rule", "delivery.lost == 0"), ("a half-width", "±2% at 95%"),
      ("a metric", "feed.latency"), ("a date", "2026-11-21"),
    ]
    return usual.first { scalar.words.hasPrefix($0.0) }?.1 ?? "a"
  }
}
