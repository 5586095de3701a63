import Settings

/// Which missed objects a cache is offered at all, whatever its policy; settings only, each cache
/// has a filter of its own.
public protocol AdmissionRule: Part, Sendable {
  /// A filter for an empty cache.
  func makeFilter(for space: CacheSpace) -> any AdmissionFilter
}

/// What a rule remembers of the requests of one cache.
public protocol AdmissionFilter: AnyObject {
  /// Whether an object that was just found missing may enter, which counts as a request for it.
  ///
  /// - Parameter bytes: its size, or 1 where objects have none.
  func admits(_ key: UInt32, bytes: UInt64) -> Bool
}

extension Catalog where Contract == any AdmissionRule {
  /// Every admission rule: a new one is one file and one line here.
  public static var admission: Catalog<any AdmissionRule> {
    Catalog("admission rule", [SizeLimit.self, SecondRequest.self])
  }
}
