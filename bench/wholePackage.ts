/** the label of the row on importing the whole package, for which a bar is set */
export const wholePackage = "whole package (index)"
