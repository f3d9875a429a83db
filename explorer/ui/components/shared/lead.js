// Where pictures stand, each by its name: what a hand does on the presenter's screen, all who follow see. Between the two
// stands classroom.js; without a class nothing comes of it.

class Lead {
  pictures = new Map() // name -> what is on this page
  told = undefined // called with the name and place of a picture of the presenter's
  place = () => undefined // of a picture, where the class sees it; undefined for who doesn't follow
  follows = false // whether this page follows: then nothing moves that a pointer only passes over

  /**
   * A picture comes onto the page.
   * @param take called with the place that the class sees it at, as it was told
   * @returns tell: to be called with each place that it comes to; again: takes the class's place once more; leave
   */
  enter(name, take) {
    const picture = { take, at: undefined }
    this.pictures.set(name, picture)
    const tell = (at) => {
      picture.at = at
      this.told?.(name, at)
    }
    const leave = () => this.pictures.get(name) === picture && this.pictures.delete(name)
    return { tell, again: () => this.take(name), leave }
  }

  take(name) {
    const at = this.place(name)
    if (at !== undefined && at !== null) this.pictures.get(name)?.take(at)
  }
}

export const lead = (globalThis.explorerLead ??= new Lead())
