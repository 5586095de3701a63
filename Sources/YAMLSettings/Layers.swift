import Glibc
import Settings

/// Files that build on others, and values given on the command line.
extension SettingsFile {
  /// How many files a scenario and all it extends may be.
  static let fileLimit = 32
  /// How many bytes they may be together.
  static let extendedSizeLimit = 2 * SourceText.sizeLimit

  /// A file over the files its key `extends` names (a path, or a list of paths, the later over
  /// the earlier), each relative to the file that names it. Maps merge key by key; lists and
  /// single values replace. Every value keeps the place it was written in.
  ///
  /// - Throws: `MissingInput`, or `InvalidInput`; a file that extends itself is refused with the
  ///   chain of files.
  public static func readExtending(path: String) throws -> Setting {
    var budget = (files: fileLimit, bytes: extendedSizeLimit)
    return try readExtending(path, chain: [], askedAt: nil, budget: &budget)
  }

  /// What `extends` may be, for a schema.
  public static var extends: Shape.Key {
    let path = Shape.scalar(Shape.Scalar("a path, relative to this file"))
    return Shape.Key(
      "extends", .either([path, .list(path)]),
      "A scenario to build on, or several, the later over the earlier; keys here win.")
  }

  private static func readExtending(
    _ path: String, chain: [String], askedAt location: SourceLocation?,
    budget: inout (files: Int, bytes: Int)
  ) throws -> Setting {
    let identity = realPath(path)
    if let start = chain.firstIndex(of: identity) {
      let names = (chain[start...] + [identity]).map(lastComponent)
      throw InvalidInput(
        "extends itself: " + names.joined(separator: " → "), at: location, path: "extends")
    }
    let bytes = try SourceText.read(path: path)
    budget.files -= 1
    budget.bytes -= bytes.count
    guard budget.files >= 0, budget.bytes >= 0 else {
      throw InvalidInput(
        "more than \(fileLimit) files or \(extendedSizeLimit >> 10) KiB are extended",
        at: location, path: "extends")
    }
    var own = try parse(bytes, file: path)
    guard case .map(var entries) = own.content,
      let index = entries.firstIndex(where: { $0.key == "extends" })
    else { return own }
    let extends = entries.remove(at: index).value
    own.content = .map(entries)

    let names = if case .list(let elements) = extends.content { elements } else { [extends] }
    var base: Setting?
    for name in names {
      let file = try name.resolvedPath()
      let layer = try name.reading {
        try readExtending(
          file, chain: chain + [identity], askedAt: name.location, budget: &budget)
      }
      base = base.map { overlay($0, with: layer) } ?? layer
    }
    return base.map { overlay($0, with: own) } ?? own
  }

  /// One setting over another: maps merge key by key, anything else replaces.
  public static func overlay(_ base: Setting, with top: Setting) -> Setting {
    guard case .map(var entries) = base.content, case .map(let changes) = top.content else {
      return top
    }
    if changes.contains(where: { $0.key == policyKey }) { overrule(&entries) }
    if let decided = changes.first(where: { $0.key == countKey }) {
      settle(decided.value, &entries)
    }
    for change in changes {
      if let index = entries.firstIndex(where: { $0.key == change.key }) {
        entries[index].value = overlay(entries[index].value, with: change.value)
        entries[index].location = change.location
        entries[index].isOverruled = change.isOverruled
      } else {
        entries.append(change)
      }
    }
    return Setting(.map(entries), location: top.location, path: base.path)
  }

  /// The key that names a part, whose settings stand beside it.
  private static let policyKey = "policy"

  /// A policy is named over these. What the command line gives, it gives to the policy that is
  /// there in the end.
  private static func overrule(_ entries: inout [Setting.Entry]) {
    for index in entries.indices where !entries[index].location.isArgument {
      entries[index].isOverruled = true
    }
  }

  /// The key that gives a number outright, and what a layer below may have given to work it out.
  private static let (countKey, targetKey) = ("servers", "targetUtilisation")

  /// A number of servers is given over these: what it was to be worked out from is beside the
  /// point, unless the layer gives that too.
  private static func settle(_ count: Setting, _ entries: inout [Setting.Entry]) {
    if case .scalar("auto") = count.content { return }
    entries.removeAll { $0.key == targetKey }
  }

  /// A setting with a `--set` argument's value put in: `audience.users=10k`,
  /// `thresholds=["a < 1"]`, `traffic.spikes.0.loads=50`. Maps are made where they are missing;
  /// an element of a list is named by its number, from 0.
  ///
  /// - Parameter option: the option's name, which messages show as the value's place.
  public static func applying(
    _ argument: String, to base: Setting, option: String = "--set"
  ) throws -> Setting {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw InvalidInput(
        "\"\(argument)\" is not path=value", at: SourceLocation(argument: option))
    }
    let path = String(argument[..<equals])
    let place = SourceLocation(argument: "\(option) \(path)")
    let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard keys.allSatisfy({ !$0.isEmpty }), keys.count <= StrictScan.depthLimit else {
      throw InvalidInput("\"\(path)\" is not a path of keys", at: SourceLocation(argument: option))
    }
    let text = String(argument[argument.index(after: equals)...])
    let value = try argumentValue(text, at: place, path: path)
    return try put(value, at: keys[...], in: base, place: place)
  }

  /// A value on the command line: YAML where it begins with a bracket, a brace or a quote, and
  /// otherwise the text itself, so that no character of it needs escaping.
  static func argumentValue(_ text: String, at place: SourceLocation, path: String) throws
    -> Setting
  {
    guard let first = text.first else {
      throw InvalidInput("is empty; a value is needed", at: place, path: path)
    }
    if "[{\"'".contains(first) {
      do {
        if let tree = try tree(Array(text.utf8), file: place.file) {
          return relocated(tree, to: place, path: path)
        }
      } catch let problem as InvalidInput {
        throw InvalidInput(problem.message, at: place, path: path)
      }
    }
    if text == "~" || text == "null" { return Setting(.null, location: place, path: path) }
    return Setting(.scalar(text), location: place, path: path)
  }

  private static func relocated(_ setting: Setting, to place: SourceLocation, path: String)
    -> Setting
  {
    let content: Setting.Content =
      switch setting.content {
      case .null, .scalar: setting.content
      case .list(let elements):
        .list(
          elements.enumerated().map {
            relocated($1, to: place, path: Setting.join(path, String($0)))
          })
      case .map(let entries):
        .map(
          entries.map {
            Setting.Entry(
              key: $0.key, location: place,
              value: relocated($0.value, to: place, path: Setting.join(path, $0.key)))
          })
      }
    return Setting(content, location: place, path: path)
  }

  private static func put(
    _ value: Setting, at keys: ArraySlice<String>, in base: Setting, place: SourceLocation
  ) throws -> Setting {
    guard let key = keys.first else { return value }
    var result = base
    switch base.content {
    case .map(var entries):
      if key == policyKey { overrule(&entries) }
      if key == countKey, keys.count == 1,
        !entries.contains(where: { $0.key == targetKey && $0.location.isArgument })
      {
        settle(value, &entries)
      }
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].value = try put(
          value, at: keys.dropFirst(), in: entries[index].value, place: place)
        entries[index].location = place
        entries[index].isOverruled = false
      } else {
        let empty = Setting(.map([]), location: place, path: Setting.join(base.path, key))
        entries.append(
          Setting.Entry(
            key: key, location: place,
            value: try put(value, at: keys.dropFirst(), in: empty, place: place)))
      }
      result.content = .map(entries)
    case .list(var elements):
      guard let index = Int(key), elements.indices.contains(index) else {
        throw InvalidInput(
          "\"\(key)\" is not an element of the list at \(base.path), which has "
            + "\(elements.count), numbered from 0", at: place)
      }
      elements[index] = try put(value, at: keys.dropFirst(), in: elements[index], place: place)
      result.content = .list(elements)
    case .null:
      let empty = Setting(.map([]), location: place, path: base.path)
      return try put(value, at: keys, in: empty, place: place)
    case .scalar(let text):
      throw InvalidInput(
        "there is no \"\(key)\" in \(base.path), which is \"\(text)\" (\(base.location))",
        at: place)
    }
    return result
  }

  private static func realPath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func lastComponent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}
