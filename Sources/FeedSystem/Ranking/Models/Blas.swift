import Glibc

/// OpenBLAS, which multiplies matrices several times as fast as plain loops do; found when a
/// network first scores.
///
/// Not linked: GSL's own calls of a BLAS would go to it, and the fits of `feedsim tune` would
/// depend on the processor. Where it is not there nothing changes but the speed.
public enum Blas {
  /// `0.3.21`; nil where there is none.
  public static var version: String? { library?.version }

  static var product: Product? { library?.product }

  /// Has OpenBLAS go by the processor that is there, whatever kernels `OPENBLAS_CORETYPE` asks for:
  /// that is set where results must not depend on them, and products that are exact
  /// (`ExactProduct`) never do; another processor's kernels would only take twice as long.
  ///
  /// To be called before there are threads: the environment is everybody's.
  public static func goByProcessor() { unsetenv("OPENBLAS_CORETYPE") }

  /// `cblas_sgemm`: order, transpositions, m, n, k, alpha, a, its stride, b, its stride, beta, c,
  /// its stride.
  typealias Product =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  private static let library: (product: Product, version: String)? = {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let product = dlsym(library, "cblas_sgemm")
    else { return nil }
    // Its build for several threads would start them for matrices that are too small for it.
    if let symbol = dlsym(library, "openblas_set_num_threads") {
      unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)(1)
    }
    typealias Text = @convention(c) () -> UnsafePointer<CChar>
    // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
    let words = dlsym(library, "openblas_get_config").map {
      String(cString: unsafeBitCast($0, to: Text.self)()).split(separator: " ")
    }
    let version = words.flatMap { $0.count > 1 ? String($0[1]) : nil } ?? "of unknown version"
    return (unsafeBitCast(product, to: Product.self), version)
  }()
}
