"""The `lectern` command: the local AWS, the command line of users, and the checks and builds of developers.

| module | idea |
|---|---|
| `cli` | the words of the command line |
| `places` | where things lie |
| `talk` | what is said to people, and failures that are a sentence |
| `build` | cargo, and the folders of functions, ffmpeg and voice that come of it |
| `emulator/` | the local AWS as a process, and repairs of its faults |
| `package`, `stack`, `users` | the template, deployed; somebody to use it |
| `up` | all of it together, and nothing twice |
| `target` | what to talk to: the local stack or one on AWS |
| `client`, `make`, `progress`, `timings`, `story` | making a video and telling how it went |
| `suite`, `checks`, `deploy`, `tools` | tests, linters, deployment, and the tools they need |
"""
