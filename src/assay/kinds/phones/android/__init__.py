"""What an Android phone tells of itself: `dumpsys` texts, bug reports and androidqf's lists, read into events of the timeline."""
