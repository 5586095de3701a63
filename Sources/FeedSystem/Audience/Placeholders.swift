import Glibc

func ln(_ x: Double) -> Double { log(x) }
func expo(_ x: Double) -> Double { exp(x) }
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

struct InvalidInput: Error {
  var message: String
  var path: String
}
