import Settings

/// Keeps large objects out, each of which would drive out many small ones (the LRU-threshold of
/// Abrams, Standridge, Abdulla, Williams, Fox: "Caching proxies: limitations and potentials", WWW
/// 1995; what a good limit is worth: Berger, Sitaraman, Harchol-Balter: "AdaptSize", NSDI 2017).
public struct SizeLimit: AdmissionRule {
  public static let name = "size"
  public static let summary = "objects of at most so many bytes: size<=64kB"

  public let atMost: Int

  public init(atMost: Int) { self.atMost = atMost }

  public init(_ parameters: inout Parameters) throws {
    atMost = try parameters.require(
      "atMost", .bytes(in: 1...Int.max), "Bytes of the largest object that is let in.")
  }

  public func makeFilter(for space: CacheSpace) -> any AdmissionFilter { Filter(UInt64(atMost)) }

  private final class Filter: AdmissionFilter {
    private let atMost: UInt64

    init(_ atMost: UInt64) { self.atMost = atMost }

    func admits(_ key: UInt32, bytes: UInt64) -> Bool { bytes <= atMost }
  }
}
