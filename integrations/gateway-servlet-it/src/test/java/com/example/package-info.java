/** The configuration of docs/servlet.md, as a reader copies it. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;
