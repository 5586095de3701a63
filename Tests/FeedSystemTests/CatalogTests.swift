import FeedSystem
import Settings
import Simulation
import Testing

/// The rules every part keeps, for every catalog: a new part is under test when it is listed.
@Suite struct CatalogTests {
  @Test func fanOutPolicies() {
    #expect(Catalog<any FanOutPolicy>.fanOut.violations() == [])
  }

  @Test func cachePolicies() {
    #expect(Catalog<any CachePolicy>.cache.violations() == [])
  }

  @Test func admissionRules() {
    #expect(Catalog<any AdmissionRule>.admission.violations() == [])
  }

  @Test func rankingStages() {
    #expect(Catalog<any RankingStage>.ranking.violations() == [])
  }

  @Test func faults() {
    #expect(Catalog<any Fault>.faults.violations() == [])
  }

  @Test func balancings() {
    #expect(Catalog<any Balancing>.balancing.violations() == [])
  }

  @Test func admissionControls() {
    #expect(Catalog<any CallAdmission>.callAdmission.violations() == [])
  }
}
