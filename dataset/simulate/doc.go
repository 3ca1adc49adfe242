// Package simulate makes sessions of people who never were: limbs that move
// between postures, sensors strapped on them, gyms with beacons, and habits of
// exercise order. Its studies are marked as simulated wherever they are shown.
//
// The limbs are a chain of rigid segments. A sensor's acceleration is the second
// difference of its position along that chain, so gravity, tangential and
// centripetal parts follow from the movement itself. Equal recipes give equal
// samples.
package simulate
