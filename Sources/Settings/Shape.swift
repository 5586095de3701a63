/// What a setting may be, as its decoder tells it: the source of the scenario's JSON Schema.
public indirect enum Shape: Sendable, Equatable {
  case scalar(Scalar)
  case flag
  /// One of a few words.
  case words([String])
  case list(Shape)
  case keys(Keys)
  /// A map whose keys are names that the user gives, each of them laid over the map that it is in.
  case variants(Keys)
  /// One of a few parts: its name, or a map of its name to its settings.
  case part([Case])
  case either([Shape])
  case anything

  /// Text, and, where that is understood, a number without a unit.
  public struct Scalar: Sendable, Equatable {
    /// What it is and how it is written, for people.
    public var words: String
    /// A regular expression of the texts; nil for any.
    public var pattern: String?
    public var bare: Bare = .none
    /// Bounds of a number without a unit.
    public var least: Double?
    public var most: Double?

    public init(_ words: String, pattern: String? = nil, bare: Bare = .none) {
      self.words = words
      self.pattern = pattern
      self.bare = bare
    }
  }

  /// Which numbers without a unit are understood.
  public enum Bare: Sendable { case none, whole, any }

  /// The keys of a map, in the order in which they are asked for.
  public struct Keys: Sendable, Equatable {
    public var list: [Key] = []
    public var branches: [Branch] = []

    public init() {}

    /// The paths of the keys that hold one value, as `--set` takes them.
    public var paths: [String] {
      let all = list + branches.flatMap(\.cases).flatMap(\.keys.list)
      return all.flatMap { key -> [String] in
        switch key.shape {
        case .keys(let keys): keys.paths.map { Setting.join(key.name, $0) }
        case .list, .variants: []
        default: [key.name]
        }
      }.reduce(into: []) { paths, path in
        if !paths.contains(path) { paths.append(path) }
      }
    }

    /// A key that is asked for twice may be what either asks for.
    mutating func add(_ key: Key) {
      guard let index = list.firstIndex(where: { $0.name == key.name }) else {
        return list.append(key)
      }
      if list[index].shape != key.shape {
        list[index].shape = .either([list[index].shape, key.shape])
      }
    }
  }

  public struct Key: Sendable, Equatable {
    public var name: String
    public var shape: Shape
    /// What it is for; empty where the name says it.
    public var about: String
    public var isNeeded = false
    /// The path of another key without which this one is needed.
    public var neededWithout: String?
    /// What is taken where it is absent, as it would be written.
    public var standard: String?

    public init(_ name: String, _ shape: Shape, _ about: String = "") {
      self.name = name
      self.shape = shape
      self.about = about
    }
  }

  /// A key whose word decides which keys may stand beside it.
  public struct Branch: Sendable, Equatable {
    public var key: String
    public var cases: [Case]
    /// A key beside which the word decides nothing.
    public var without: String?
  }

  public struct Case: Sendable, Equatable {
    public var name: String
    public var summary = ""
    public var keys: Keys
  }
}
