import Glibc

/// OpenBLAS, which multiplies matrices several times as fast as plain loops do; found when a network
/// first scores.
///
/// Not linked: GSL's own calls of a BLAS would go to it, and the fits of `feedsim tune` would depend
/// on the processor. Where it is not there nothing changes but the speed.
public enum Blas {
  public static var isLoaded: Bool { product != nil }

  /// `cblas_sgemm`: order, transpositions, m, n, k, alpha, a, its stride, b, its stride, beta, c, its
  /// stride.
  typealias Product =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  static let product: Product? = {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) else { return nil }
    // Its build for several threads would start them for matrices that are too small for it.
    if let symbol = dlsym(library, "openblas_set_num_threads") {
      unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)(1)
    }
    return dlsym(library, "cblas_sgemm").map { unsafeBitCast($0, to: Product.self) }
  }()
}
